# At run time Home Assistant installs probatio under the name voluptuous.
from probatio import *
