"""Time zones as Better Stack names them: the Rails names (`Berlin`), not the IANA ones (`Europe/Berlin`).

The vendor points to the Rails documentation of ActiveSupport::TimeZone for the accepted names, and returns them in
that form. Which Rails version it runs is not known, so the list is that of a current one.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

# "Rails name=IANA name", a few to a line. Where several Rails names share a zone, the first here is the one suggested.
_TABLE = """
American Samoa=Pacific/Pago_Pago; Midway Island=Pacific/Midway; International Date Line West=Pacific/Midway
Hawaii=Pacific/Honolulu; Alaska=America/Juneau; Pacific Time (US & Canada)=America/Los_Angeles; Tijuana=America/Tijuana
Mountain Time (US & Canada)=America/Denver; Arizona=America/Phoenix; Chihuahua=America/Chihuahua
Mazatlan=America/Mazatlan; Central Time (US & Canada)=America/Chicago; Saskatchewan=America/Regina
Mexico City=America/Mexico_City; Guadalajara=America/Mexico_City; Monterrey=America/Monterrey
Central America=America/Guatemala; Eastern Time (US & Canada)=America/New_York
Indiana (East)=America/Indiana/Indianapolis; Bogota=America/Bogota; Lima=America/Lima; Quito=America/Lima
Atlantic Time (Canada)=America/Halifax; Caracas=America/Caracas; La Paz=America/La_Paz; Santiago=America/Santiago
Newfoundland=America/St_Johns; Brasilia=America/Sao_Paulo; Buenos Aires=America/Argentina/Buenos_Aires
Montevideo=America/Montevideo; Georgetown=America/Guyana; Puerto Rico=America/Puerto_Rico; Greenland=America/Godthab
Mid-Atlantic=Atlantic/South_Georgia; Azores=Atlantic/Azores; Cape Verde Is.=Atlantic/Cape_Verde; UTC=Etc/UTC
Dublin=Europe/Dublin; London=Europe/London; Edinburgh=Europe/London; Lisbon=Europe/Lisbon
Casablanca=Africa/Casablanca; Monrovia=Africa/Monrovia; Belgrade=Europe/Belgrade; Bratislava=Europe/Bratislava
Budapest=Europe/Budapest; Ljubljana=Europe/Ljubljana; Prague=Europe/Prague; Sarajevo=Europe/Sarajevo
Skopje=Europe/Skopje; Warsaw=Europe/Warsaw; Zagreb=Europe/Zagreb; Brussels=Europe/Brussels
Copenhagen=Europe/Copenhagen; Madrid=Europe/Madrid; Paris=Europe/Paris; Amsterdam=Europe/Amsterdam
Berlin=Europe/Berlin; Zurich=Europe/Zurich; Bern=Europe/Zurich; Rome=Europe/Rome; Stockholm=Europe/Stockholm
Vienna=Europe/Vienna; West Central Africa=Africa/Algiers; Bucharest=Europe/Bucharest; Cairo=Africa/Cairo
Helsinki=Europe/Helsinki; Kyiv=Europe/Kiev; Riga=Europe/Riga; Sofia=Europe/Sofia; Tallinn=Europe/Tallinn
Vilnius=Europe/Vilnius; Athens=Europe/Athens; Istanbul=Europe/Istanbul; Minsk=Europe/Minsk
Jerusalem=Asia/Jerusalem; Harare=Africa/Harare; Pretoria=Africa/Johannesburg; Kaliningrad=Europe/Kaliningrad
Moscow=Europe/Moscow; St. Petersburg=Europe/Moscow; Volgograd=Europe/Volgograd; Samara=Europe/Samara
Kuwait=Asia/Kuwait; Riyadh=Asia/Riyadh; Nairobi=Africa/Nairobi; Baghdad=Asia/Baghdad; Tehran=Asia/Tehran
Abu Dhabi=Asia/Dubai; Muscat=Asia/Muscat; Baku=Asia/Baku; Tbilisi=Asia/Tbilisi; Yerevan=Asia/Yerevan
Kabul=Asia/Kabul; Ekaterinburg=Asia/Yekaterinburg; Karachi=Asia/Karachi; Islamabad=Asia/Karachi
Tashkent=Asia/Tashkent; Kolkata=Asia/Kolkata; Chennai=Asia/Kolkata; Mumbai=Asia/Kolkata; New Delhi=Asia/Kolkata
Kathmandu=Asia/Kathmandu; Dhaka=Asia/Dhaka; Astana=Asia/Dhaka; Sri Jayawardenepura=Asia/Colombo; Almaty=Asia/Almaty
Novosibirsk=Asia/Novosibirsk; Rangoon=Asia/Rangoon; Bangkok=Asia/Bangkok; Hanoi=Asia/Bangkok; Jakarta=Asia/Jakarta
Krasnoyarsk=Asia/Krasnoyarsk; Beijing=Asia/Shanghai; Chongqing=Asia/Chongqing; Hong Kong=Asia/Hong_Kong
Urumqi=Asia/Urumqi; Kuala Lumpur=Asia/Kuala_Lumpur; Singapore=Asia/Singapore; Taipei=Asia/Taipei
Perth=Australia/Perth; Irkutsk=Asia/Irkutsk; Ulaanbaatar=Asia/Ulaanbaatar; Seoul=Asia/Seoul; Tokyo=Asia/Tokyo
Osaka=Asia/Tokyo; Sapporo=Asia/Tokyo; Yakutsk=Asia/Yakutsk; Darwin=Australia/Darwin; Adelaide=Australia/Adelaide
Melbourne=Australia/Melbourne; Canberra=Australia/Melbourne; Sydney=Australia/Sydney; Brisbane=Australia/Brisbane
Hobart=Australia/Hobart; Vladivostok=Asia/Vladivostok; Guam=Pacific/Guam; Port Moresby=Pacific/Port_Moresby
Magadan=Asia/Magadan; Srednekolymsk=Asia/Srednekolymsk; Solomon Is.=Pacific/Guadalcanal
New Caledonia=Pacific/Noumea; Fiji=Pacific/Fiji; Kamchatka=Asia/Kamchatka; Marshall Is.=Pacific/Majuro
Auckland=Pacific/Auckland; Wellington=Pacific/Auckland; Nuku'alofa=Pacific/Tongatapu
Tokelau Is.=Pacific/Fakaofo; Chatham Is.=Pacific/Chatham; Samoa=Pacific/Apia
"""
_NEWER_NAMES = {
    "Europe/Kyiv": "Kyiv",
    "America/Nuuk": "Greenland",
    "Asia/Yangon": "Rangoon",
    "UTC": "UTC",
    "GMT": "UTC",
}

RAILS: dict[str, str] = dict(
    entry.strip().split("=") for line in _TABLE.strip().splitlines() for entry in line.split(";")
)
"""Rails name to IANA name."""

_RAILS_OF: dict[str, str] = {iana: rails for rails, iana in reversed(RAILS.items())} | _NEWER_NAMES
_BOTH = {"UTC", "Singapore"}  # also IANA names of the same zone


def rails_zone(name: str) -> str:
    """Return `name` when it is a Rails time zone. Raises ValueError that says what to write instead."""
    if name in RAILS:
        return name
    if name in _RAILS_OF:
        raise ValueError(f"{name} is an IANA name; Better Stack takes the Rails one: write {_RAILS_OF[name]}")
    close = [r for r in RAILS if r.lower() == name.lower().replace("_", " ")]
    hint = f"did you mean {close[0]}?" if close else "see ActiveSupport::TimeZone, for example Berlin or UTC"
    raise ValueError(f"{name!r} is not a Rails time zone name; {hint}")


def iana_zone(name: str) -> str:
    """Return `name` unless it is clearly a Rails name. Raises ValueError that says what to write instead."""
    if name in RAILS and name not in _BOTH:
        raise ValueError(f"{name} is a Rails name; this field takes the IANA one: write {RAILS[name]}")
    return name


RailsZone = Annotated[str, AfterValidator(rails_zone), WithJsonSchema({"type": "string", "enum": sorted(RAILS)})]
IanaZone = Annotated[
    str,
    AfterValidator(iana_zone),
    WithJsonSchema({"type": "string", "not": {"enum": sorted(set(RAILS) - _BOTH)}}),
]
