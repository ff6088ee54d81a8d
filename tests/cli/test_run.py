from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys

import pytest

from reconciler.cli.ask import says_yes
from reconciler.cli.complete import addresses
from reconciler.cli.files import write_file
from reconciler.cli.output import Output
from reconciler.cli.progress import Bar, Lines
from reconciler.cli.run import run


def interrupt_self(number=signal.SIGINT):
    os.kill(os.getpid(), number)


async def sleep_until(event):
    await asyncio.wait_for(event.wait(), 10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_the_work_end_by_itself(number):
    stopped = []
    said = []

    async def work():
        event = asyncio.Event()
        stopped.append(event)
        interrupt_self(number)
        await sleep_until(event)
        return "finished what was in flight"

    assert run(work, interrupt=lambda: stopped[0].set() or True, tell=said.append) == "finished what was in flight"
    assert "Once more to stop at once" in said[0]


def test_the_second_signal_stops_at_once():
    async def work():
        interrupt_self()
        await asyncio.sleep(0.01)
        interrupt_self()
        await asyncio.sleep(10)

    with pytest.raises(KeyboardInterrupt):
        run(work, interrupt=lambda: True)


def test_without_anything_in_flight_the_first_signal_stops_at_once():
    async def work():
        interrupt_self()
        await asyncio.sleep(10)

    with pytest.raises(KeyboardInterrupt):
        run(work)


def test_what_has_begun_nothing_yet_is_stopped_by_the_first_signal_without_a_word():
    said = []

    async def work():
        interrupt_self()
        await asyncio.sleep(10)

    with pytest.raises(KeyboardInterrupt):
        run(work, interrupt=lambda: False, tell=said.append)
    assert said == []


def test_a_cancellation_of_its_own_is_no_interruption():
    async def work():
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(work)


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    async def work():
        return 1

    run(work)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_ctrl_c_at_a_question_inside_the_loop_is_a_no(monkeypatch):
    interrupted = []

    def ask(*arguments, **given):
        interrupt_self()
        raise AssertionError("the signal came too late")

    monkeypatch.setattr("click.prompt", ask)

    async def work():
        return says_yes("Apply?")

    assert run(work, interrupt=lambda: interrupted.append(1)) is False
    assert interrupted == []


class Closed(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text):
        raise BrokenPipeError


def test_a_reader_that_went_away_is_written_to_no_more(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Closed())
    output = Output(str)
    output.write("one")
    output.write("two")
    output.flush()


def test_output_is_cleaned_and_quiet_silences_remarks_only(capsys):
    output = Output(lambda text: text.replace("hush", "(secret)"), quiet=True)
    output.write("say hush")
    output.document({"a": "hush"})
    output.tell("a remark")
    output.error("hush: bad")
    captured = capsys.readouterr()
    assert captured.out == 'say (secret)\n{\n  "a": "(secret)"\n}\n'
    assert captured.err == "(secret): bad\n"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_bar_appears_only_after_a_second_and_leaves_nothing_behind():
    clock, stream = Clock(), io.StringIO()
    bar = Bar(stream, clock, stream.write)
    bar.start("reading", 4)
    clock.now = 0.9
    bar.advance()
    assert stream.getvalue() == ""
    clock.now = 1.0
    bar.advance()
    assert "reading [############------------] 2/4" in stream.getvalue()
    bar.finish()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_bar_is_drawn_ten_times_a_second_at_most():
    clock, stream = Clock(), io.StringIO()
    bar = Bar(stream, clock, stream.write)
    bar.start("applying", None)
    for step in range(1000):
        clock.now = 1.0 + step / 1000
        bar.advance()
    assert stream.getvalue().count("applying") <= 11


COMPLETIONS = """
# a comment
monitors:
  homepage:
    url: https://x/
    nested: {}
  "quoted one": {}
  'single': {url: https://y/}
  beta@example.com: {}
  # not: this
heartbeats:
    nightly: {}
approvals:
  - digest: x
providers:
  betterstack: {}
scalar: 1
  odd: {}
"""


def test_addresses_are_found_without_a_parser(tmp_path):
    (tmp_path / "a.yaml").write_text(COMPLETIONS)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.yml").write_text("monitors:\n  deep: {}\n")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    assert addresses(tmp_path) == [
        "heartbeats/nightly",
        "monitors/beta@example.com",
        "monitors/deep",
        "monitors/homepage",
        "monitors/quoted one",
        "monitors/single",
    ]
    assert addresses(tmp_path / "none") == []


def test_a_file_is_replaced_wholly_or_not_at_all(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text("old")
    path.chmod(0o640)
    write_file(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
    with pytest.raises(FileNotFoundError) as caught:
        write_file(tmp_path / "no" / "plan.json", "new")
    assert "no" in str(caught.value.filename)
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_a_process_without_stdout_and_stderr_can_still_write(monkeypatch):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    output = Output(str)
    output.write("result")
    output.error("remark")
    sys.stdout.close()
    sys.stderr.close()


def test_a_device_is_written_to_as_it_is():
    from pathlib import Path

    write_file(Path(os.devnull), "nothing")
    assert not Path(os.devnull).is_file()


def test_a_wait_is_said_on_a_line_of_its_own_with_a_bar_or_without():
    stream = io.StringIO()
    times = iter([0.0, 2.0])
    bar = Bar(stream, lambda: next(times), lambda text: stream.write(f"{text}\n") and None)
    bar.start("applying", 2)
    bar.advance()
    bar.tell("waiting 42 s for betterstack (429)")
    assert stream.getvalue().endswith("\r\x1b[Kwaiting 42 s for betterstack (429)\n")
    said = []
    Lines(said.append).tell("waiting 42 s for betterstack (429)")
    assert said == ["waiting 42 s for betterstack (429)"]


@pytest.mark.parametrize(("flags", "said"), [((), True), (("-v",), True), (("-q",), False)])
def test_a_wait_is_said_on_stderr_without_a_terminal_unless_quiet(bench, flags, said):
    async def waited(options=None, **given):
        bench.engine.progress.tell("waiting 42 s for betterstack (429)")
        return bench.engine.given

    bench.engine.plan = waited
    result = bench.run("plan", "--format", "json", *flags)
    assert ("waiting 42 s for betterstack (429)" in result.stderr) is said
    assert json.loads(result.stdout)["schema"]
