"""The kinds of Vercel."""

from reconciler_vercel.models.common import VercelSettings as VercelSettings
from reconciler_vercel.models.domains import Domain as Domain
from reconciler_vercel.models.env import Variable as Variable
from reconciler_vercel.models.headers import HeaderRule as HeaderRule
from reconciler_vercel.models.hosting import Hosting as Hosting
