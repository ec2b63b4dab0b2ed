"""Debian packages: what counts as there."""

from __future__ import annotations

import unittest

from graceful.packages import missing_of

TOLD = (
    "installed\tlibpq5\t\n"
    "config-files\tlibxml2\t\n"
    "installed\tlibssl3t64\tlibssl3 (= 3.5.1-1), libcrypto\n"
    "not-installed\tgettext\t\n"
)


class MissingPackages(unittest.TestCase):
    def test_installed_or_provided_by_what_is_installed(self) -> None:
        self.assertEqual(missing_of(["libpq5", "libssl3t64", "libssl3", "libcrypto"], TOLD), [])

    def test_removed_but_for_its_configuration_is_missing(self) -> None:
        self.assertEqual(
            missing_of(["libxml2", "libpq5", "gettext", "nowhere"], TOLD), ["libxml2", "gettext", "nowhere"]
        )
