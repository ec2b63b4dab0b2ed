"""What a running operation tells, and how it is read."""

from __future__ import annotations

import errno
import threading
from unittest import mock

from graceful.operation.channel import ROOM, Channel, connect, make_up, outcome_of, read_events

from .channel_case import ChannelCase

OUTCOME = {"result": "live", "release": "r", "message": "größe"}


class Tale(ChannelCase):
    def test_holds_no_secret_that_a_site_printed_and_leaves_names_alone(self) -> None:
        channel = Channel(self.folder, ["hunter22", "first\nsecond line", "verify", "1"])
        self.addCleanup(channel.listener.close)
        said = "KeyError: hunter22, second line, 1"
        channel.emit("log", source="verify", lines=[said])
        channel.emit("step", step="verify", status="failed", ms=1, detail=said)
        answer = {"status": 500, "location": None, "body": said}
        failed = {"step": "verify", "what": said, "next": said, "answer": answer, "log": [said]}
        channel.emit("outcome", outcome={"result": "failed", "message": said, "failure": failed})
        raw = (self.folder / "events").read_text()
        self.assertNotIn("hunter22", raw)
        self.assertNotIn("second", raw)
        self.assertEqual(raw.count("KeyError: ***, ***, 1"), 7)
        self.assertEqual(raw.count('"verify"'), 3)

    def test_numbered_from_one_without_gaps(self) -> None:
        channel = self.channel()

        def tell() -> None:
            for _ in range(50):
                channel.emit("notice", message="x")

        threads = [threading.Thread(target=tell) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.numbers(), list(range(1, 201)))

    def test_what_an_event_says(self) -> None:
        self.channel().emit("step", step="check", status="end", ms=7, detail="größe")
        (event,) = self.events()
        self.assertRegex(event.pop("at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        wanted = {
            "type": "event",
            "seq": 1,
            "kind": "step",
            "step": "check",
            "status": "end",
            "ms": 7,
            "detail": "größe",
        }
        self.assertEqual(event, wanted)

    def test_keeps_room_for_what_it_tells_until_its_end(self) -> None:
        channel = self.channel()
        channel.keep_room()
        channel.emit("notice", message="x")
        self.assertEqual(self.numbers(), [1])
        events = self.folder / "events"
        self.assertGreaterEqual(events.stat().st_blocks * 512, ROOM)
        channel.close()
        self.assertLess(events.stat().st_blocks * 512, ROOM)
        self.assertEqual(self.numbers(), [1])

    def test_without_room_it_does_not_begin(self) -> None:
        full = OSError(errno.ENOSPC, "No space left on device")
        channel = Channel(self.folder)
        with mock.patch("graceful.operation.channel.keep_room", side_effect=full):
            self.assertRaises(OSError, channel.keep_room)
        self.assertIsNone(connect(self.folder))
        self.assertEqual(self.numbers(), [])

    def test_no_word_is_awaited_of_a_runner_that_could_not_be_told(self) -> None:
        channel = self.channel(lease=60)
        with mock.patch(
            "graceful.operation.channel._append", side_effect=OSError(errno.ENOSPC, "No space left on device")
        ):
            channel.emit("verify-public", url="https://shop.example")
        with self.assertRaises(OSError) as caught:
            channel.confirmed(60)
        self.assertEqual(caught.exception.errno, errno.ENOSPC)
        channel.emit("notice", message="room again")
        self.assertFalse(channel.confirmed(0.01))

    def test_reading_on_after_a_number(self) -> None:
        channel = self.channel()
        for _ in range(3):
            channel.emit("notice", message="x")
        self.assertEqual([event["seq"] for event in self.events(2)], [3])
        self.assertEqual(self.events(3), [])
        self.assertEqual(read_events(self.folder / "none", 0), [])

    def test_the_next_process_goes_on_where_the_last_one_stopped(self) -> None:
        self.channel().emit("notice", message="x")
        self.channel().emit("notice", message="y")
        self.assertEqual(self.numbers(), [1, 2])

    def test_a_torn_last_event_is_not_told_and_spoils_none(self) -> None:
        self.channel().emit("notice", message="x")
        with (self.folder / "events").open("ab") as file:
            file.write(b'{"type":"event","seq":2,"ki')
        self.assertEqual(self.numbers(), [1])
        self.channel().emit("outcome", outcome=OUTCOME)
        self.assertEqual(self.numbers(), [1, 2])
        self.assertEqual(outcome_of(self.folder), OUTCOME)

    def test_an_event_that_cannot_be_written_takes_no_number(self) -> None:
        channel = self.channel()
        channel.emit("notice", message="x")
        events = self.folder / "events"
        events.rename(self.folder / "kept")
        events.mkdir()
        channel.emit("notice", message="lost")
        events.rmdir()
        (self.folder / "kept").rename(events)
        channel.emit("notice", message="y")
        self.assertEqual(self.numbers(), [1, 2])

    def test_outcome(self) -> None:
        channel = self.channel()
        self.assertIsNone(outcome_of(self.folder))
        channel.emit("notice", message="x")
        self.assertIsNone(outcome_of(self.folder))
        channel.emit("outcome", outcome=OUTCOME)
        self.assertEqual(outcome_of(self.folder), OUTCOME)

    def test_a_tale_that_is_shorter_than_what_was_told_is_made_up(self) -> None:
        channel = self.channel()
        channel.emit("notice", message="x")
        channel.emit("outcome", outcome=OUTCOME)
        make_up(self.folder, 2)
        self.assertEqual(self.numbers(), [1, 2])
        make_up(self.folder, 5)
        self.assertEqual(self.numbers(), [1, 2, 3, 4, 5, 6])
        self.assertEqual(outcome_of(self.folder), OUTCOME)

    def test_a_tale_that_is_torn_is_made_up_too(self) -> None:
        self.channel().emit("notice", message="x")
        with (self.folder / "events").open("ab") as file:
            file.write(b'{"type')
        make_up(self.folder, 3)
        self.assertEqual(self.numbers(), [1, 2, 3])
