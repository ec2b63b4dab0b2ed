"""What every page and the style sheet say, so that a visitor can tell one release from another."""

VERSION = "1"
