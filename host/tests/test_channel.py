"""A running operation and the fronts that follow it."""

from __future__ import annotations

import select
import socket
import threading
import time

from graceful.operation.channel import Channel, Gone, alive, connect
from graceful.operation.outcome import failure
from graceful.wire import encode

from .channel_case import ChannelCase


class Followed(ChannelCase):
    def woken(self, channel: Channel, front: socket.socket) -> bool:
        channel.emit("notice", message="x")
        return bool(select.select([front], [], [], 0.05)[0])

    def test_a_front_is_woken_once_it_is_in_and_by_each_event(self) -> None:
        channel, front = self.channel(), self.front()
        self.assertEqual(front.recv(1), b"\n")
        self.assertFalse(select.select([front], [], [], 0.1)[0])
        self.assertTrue(self.woken(channel, front))
        self.assertEqual(front.recv(1), b"\n")

    def test_a_front_that_does_not_read_stops_nobody(self) -> None:
        channel, front = self.channel(), self.front()
        self.eventually(lambda: self.woken(channel, front))
        for _ in range(3000):
            channel.emit("notice", message="x")
        front.close()
        channel.emit("notice", message="x")
        self.assertEqual(self.numbers(), list(range(1, self.numbers()[-1] + 1)))

    def test_confirm(self) -> None:
        channel = self.channel()
        self.assertFalse(channel.confirmed(0))
        self.front().sendall(encode({"type": "confirm"}))
        self.eventually(lambda: channel.confirmed(0.1))

    def test_a_heartbeat_is_no_confirm(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "heartbeat", "n": 1}))
        self.assertFalse(channel.confirmed(0.3))

    def test_cancel_ends_every_wait_at_once(self) -> None:
        channel = self.channel()
        front = self.front()
        threading.Timer(0.2, front.sendall, [encode({"type": "cancel", "reason": "SIGINT"})]).start()
        began = time.monotonic()
        with self.assertRaisesRegex(Gone, "^cancelled: SIGINT$"):
            channel.pause(30)
        self.assertLess(time.monotonic() - began, 5)
        for wait in (channel.guard, lambda: channel.pause(30), lambda: channel.confirmed(30)):
            self.assertRaisesRegex(Gone, "SIGINT", wait)

    def test_cancel_brings_what_to_do(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "cancel", "reason": "no answer", "next": "Mend the url."}))
        with self.assertRaises(Gone) as caught:
            channel.pause(5)
        told = failure("deploy", "verify", caught.exception)
        self.assertEqual((told["what"], told["next"]), ("cancelled: no answer", "Mend the url."))

    def test_cancel_without_a_reason(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "cancel"}))
        with self.assertRaisesRegex(Gone, "the runner asked for it"):
            channel.pause(5)

    def test_a_confirm_that_was_heard_stands_against_a_later_cancel(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "confirm"}) + encode({"type": "cancel", "reason": "late"}))
        with self.assertRaises(Gone):
            channel.pause(5)
            channel.pause(5)
        self.assertTrue(channel.confirmed(0))

    def test_the_lease_runs_out(self) -> None:
        channel = self.channel(lease=0.3)
        channel.guard()
        time.sleep(0.35)
        with self.assertRaisesRegex(Gone, r"nothing was heard of the runner for 0\.3 s"):
            channel.guard()
        with self.assertRaises(Gone):
            channel.confirmed(0)

    def test_heartbeats_renew_the_lease(self) -> None:
        channel, front = self.channel(lease=0.6), self.front()
        for count in range(6):
            front.sendall(encode({"type": "heartbeat", "n": count}))
            time.sleep(0.2)
            channel.guard()

    def test_a_confirm_that_was_heard_stands_when_the_lease_runs_out(self) -> None:
        channel = self.channel(lease=0.3)
        self.front().sendall(encode({"type": "confirm"}))
        self.eventually(lambda: channel.confirmed(0))
        time.sleep(0.4)
        self.assertTrue(channel.confirmed(0))

    def test_without_a_lease_nobody_is_needed(self) -> None:
        self.channel(lease=None).pause(0.1)

    def test_noise_is_not_heard(self) -> None:
        channel = self.channel()
        self.front().sendall(b"nonsense\n" + encode({"type": "confirm"}))
        time.sleep(0.1)
        self.front().sendall(b'{"no":"type"}\n[]\n')
        self.assertFalse(channel.confirmed(0.1))
        self.front().sendall(encode({"type": "confirm"}))
        self.eventually(lambda: channel.confirmed(0.1))

    def test_nothing_runs_there(self) -> None:
        self.assertIsNone(connect(self.folder))
        self.assertFalse(alive(self.folder))
        channel = self.channel()
        self.assertTrue(alive(self.folder))
        channel.close()
        self.assertFalse((self.folder / "control").exists())
