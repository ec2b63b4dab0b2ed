"""Invariant 10: a rollback never touches the database, and asks where a release does not know all of it."""

from __future__ import annotations

from dataclasses import replace

from graceful.operation.channel import Channel
from graceful.operation.context import Context
from graceful.operation.going import run_activate, run_restart, run_rollback, run_update

from .plain_site import ASKED, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1, R2, R3

ANYHOW = replace(ASKED, database_ahead=True)


class DatabaseAhead(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1)
        self.put_live(R1)
        self.staged(R2, migrations=("orders.0002_note", "orders.0003_price"))
        self.put_live(R2)

    def test_refused_before_anything_is_touched(self) -> None:
        before = self.steps(), self.links(), self.roles()
        ended = run_rollback(self.context(), None, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("failed", R2))
        self.assertIn(
            f"the database is ahead of {R1} by orders.0002_note, orders.0003_price", ended["message"]
        )
        self.assertIn(f"{R2} serves on, untouched", ended["message"])
        self.assertIn("--database-ahead", ended["failure"]["next"])
        self.assertEqual((self.steps(), self.links(), self.roles()), before)

    def test_goes_where_it_is_said_explicitly(self) -> None:
        ended = run_rollback(self.context(), None, ANYHOW)
        self.assertEqual((ended["result"], ended["release"]), ("live", R1), ended)
        self.assertIn(f"ahead of {R1} by orders.0002_note, orders.0003_price", ended["message"])
        self.assertEqual(self.visit(), f"{R1}.1")

    def test_force_is_about_something_else(self) -> None:
        self.assertEqual(run_rollback(self.context(), None, replace(ASKED, force=True))["result"], "failed")

    def test_whatever_goes_to_another_release_is_asked(self) -> None:
        for ended in (
            run_activate(self.context(), R1, ASKED),
            run_rollback(self.context(), R1, ASKED),
            run_update(self.context(), None, ASKED),
        ):
            self.assertIn("the database is ahead of", ended["message"])
        self.assertEqual(self.visit(), f"{R2}.1")

    def test_forth_again_it_is_not(self) -> None:
        run_rollback(self.context(), None, ANYHOW)
        self.put_live(R2)
        self.assertEqual(self.visit(), f"{R2}.1")

    def test_what_is_live_is_started_anew_without_being_asked(self) -> None:
        self.staged(R3, migrations=("orders.0004_gone",))
        self.assertEqual(run_restart(self.context(), ASKED)["result"], "live")

    def test_a_release_that_cannot_be_gone_to_is_refused_for_that(self) -> None:
        self.assertIn("is live already", run_rollback(self.context(), R2, ASKED)["message"])

    def test_no_deploy_gives_way_to_what_is_refused(self) -> None:
        channel = Channel(self.paths.operations / "deploying")
        channel.open(None)
        self.addCleanup(channel.close)
        holder = Context(self.site, self.paths, self.manager, "deploying", channel)
        with holder.lock("deploy", {}, 0):
            ended = run_rollback(self.context(), None, replace(ASKED, preempt=True))
            channel.seal()
        self.assertIn("the database is ahead of", ended["message"])

    def test_where_nothing_could_be_fallen_back_to_the_mend_has_it(self) -> None:
        self.staged(R3, migrations=("orders.0004_gone",))

        def spoil() -> None:
            self.lose(R2)
            self.how(R2, start="broken")
            self.how(R3, through=500)

        self.tell.at["verify"] = spoil
        ended = run_activate(self.context(), R3, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("not-reverted", R3), ended)
        self.assertIn(f"switch {R2} --database-ahead", ended["failure"]["next"])

    def test_a_failed_release_is_checked_as_it_was_deployed_and_that_is_told(self) -> None:
        run_rollback(self.context(), None, ANYHOW)
        self.put_live(R2)
        self.assertIn(f"{R2} is marked rolled-back; it is checked as it was deployed", self.tell.words())
