"""What a `want` finds lacking: nothing that is not whole counts as there, and nothing is written."""

from __future__ import annotations

import base64
import zlib

from graceful.errors import GracefulError
from graceful.store.manifest import parse_manifest
from graceful.store.pieces import cut
from graceful.store.wanted import Wanted

from .shipping_case import END, ShippingCase, chunks, file, tree
from .support import ENV, manifest_of, sha256


def lacked(wanted: Wanted) -> list[str]:
    """Names of the objects that have to come, as the store names them."""
    return [f"{digest}{'x' * executable}" for (digest, executable), lacks in wanted.objects.items() if lacks]


A, B, C = b"content of a", b"content of b", b"content of c"
TEXT = manifest_of(file(A, "a"), file(B, "b"), ["link", "a", "c"], file(b"", "empty"))
#: That a known tree and a new one have in common.
FILES = {"a": A, "b": B}


class Trees(ShippingCase):
    def test_nothing_is_there(self) -> None:
        wanted = self.want(TEXT)
        self.assertEqual(list(wanted.trees.items()), [(sha256(TEXT), TEXT)])
        self.assertEqual(lacked(wanted), [sha256(A), sha256(B), sha256(b"")])
        self.assertEqual(list(wanted.sizes.values()), [len(A), len(B), 0])
        self.assertEqual(
            wanted.lacks(),
            {"type": "lacks", "trees": [sha256(TEXT)], "unread": [], "env": True, "objects": "Bw=="},
        )

    def test_a_tree_that_is_known_is_not_lacked_told_or_not(self) -> None:
        known = self.keep_tree(FILES)
        nothing = {"type": "lacks", "trees": [], "unread": [], "env": True, "objects": ""}
        self.assertEqual(self.ask([known], chunks(zlib.compress(END))).lacks(), nothing)
        self.assertEqual(self.want(self.paths.tree(known).read_bytes()).lacks(), nothing)

    def test_trees_stand_in_the_order_in_which_they_are_asked_for(self) -> None:
        texts = [manifest_of(file(content, "a")) for content in (A, B, C)]
        digests = [sha256(text) for text in texts]
        records = tree(texts[2]) + tree(texts[0]) + tree(texts[1]) + END
        wanted = self.ask(digests, chunks(zlib.compress(records)))
        self.assertEqual(list(wanted.trees), digests)
        self.assertEqual([digest for digest, _ in wanted.objects], [sha256(A), sha256(B), sha256(C)])

    def test_the_same_tree_twice(self) -> None:
        wanted = self.want(TEXT, TEXT)
        self.assertEqual((list(wanted.trees), len(wanted.objects)), ([sha256(TEXT)], 3))

    def test_a_tree_that_nobody_asked_for_is_passed_over(self) -> None:
        records = tree(manifest_of(file(C, "c"))) + tree(b"no manifest", digest="f" * 64) + tree(TEXT) + END
        wanted = self.ask([sha256(TEXT)], chunks(zlib.compress(records)))
        self.assertEqual((list(wanted.trees), wanted.unread), ([sha256(TEXT)], []))

    def test_what_is_not_told_is_unread(self) -> None:
        wanted = self.ask(["f" * 64, sha256(TEXT)], chunks(zlib.compress(tree(TEXT) + END)))
        self.assertEqual((list(wanted.trees), wanted.unread), ([sha256(TEXT)], ["f" * 64]))
        self.assertEqual(wanted.lacks()["unread"], ["f" * 64])

    def test_the_tree_of_an_environment_that_is_there_is_passed_over(self) -> None:
        env = manifest_of(file(C, "lib/c.py"))
        wanted = self.want(TEXT, env, env=sha256(env))
        self.assertEqual((wanted.env, list(wanted.trees)), (True, [sha256(TEXT), sha256(env)]))
        self.paths.env(ENV).mkdir()
        for wanted in (
            self.want(TEXT, env, env=sha256(env)),
            self.ask([sha256(TEXT), sha256(env)], chunks(zlib.compress(tree(TEXT) + END)), sha256(env)),
        ):
            self.assertEqual((wanted.env, list(wanted.trees)), (False, [sha256(TEXT)]))
            self.assertEqual((wanted.lacks()["env"], wanted.unread), (False, []))
            self.assertEqual(lacked(wanted), [sha256(A), sha256(B), sha256(b"")])

    def test_an_environment_that_is_not_there_though_its_tree_is(self) -> None:
        env = self.keep_tree({"lib/c.py": C})
        wanted = self.ask([env], chunks(zlib.compress(END)), env)
        self.assertEqual((wanted.env, wanted.trees, wanted.unread), (True, {}, []))


class Objects(ShippingCase):
    def test_one_that_is_there_without_a_known_tree_is_hashed(self) -> None:
        self.keep_object(A)
        path = self.paths.object(self.keep_object(B), False)
        self.assertEqual(lacked(self.want(TEXT)), [sha256(b"")])
        path.chmod(0o644)
        for damage in (B[:-1], b"", bytes(len(B)), B + b"."):
            path.write_bytes(damage)
            with self.subTest(damage):
                self.assertEqual(lacked(self.want(TEXT)), [sha256(B), sha256(b"")])

    def test_one_of_a_known_tree_is_trusted_by_its_size(self) -> None:
        known = self.keep_tree(FILES)
        text = self.paths.tree(known).read_bytes() + manifest_of(file(C, "c"))
        path = self.paths.object(sha256(B), False)
        path.chmod(0o644)
        whole, based = tree(text) + END, tree(text, base=known) + END
        path.write_bytes(bytes(len(B)))
        for records, lacks in ((whole, [sha256(B), sha256(C)]), (based, [sha256(C)])):
            self.assertEqual(lacked(self.ask([sha256(text)], chunks(zlib.compress(records)))), lacks)
        for damage in (B[:-1], b"", B + b"."):
            path.write_bytes(damage)
            for records in (whole, based):
                wanted = self.ask([sha256(text)], chunks(zlib.compress(records)))
                with self.subTest(damage):
                    self.assertEqual(lacked(wanted), [sha256(B), sha256(C)])
        path.unlink()
        wanted = self.ask([sha256(text)], chunks(zlib.compress(based)))
        self.assertEqual(lacked(wanted), [sha256(B), sha256(C)])

    def test_a_known_tree_vouches_for_its_own_lines_alone(self) -> None:
        """Also where its manifest does not end as ours do."""
        text = manifest_of(file(A, "a"), file(B, "b")).rstrip(b"\n")
        known = sha256(text)
        self.paths.tree(known).write_bytes(text)
        for content in (A, B, C):
            path = self.paths.object(self.keep_object(content), False)
            path.chmod(0o644)
            path.write_bytes(bytes(len(content)))
        new = text + b"\n" + manifest_of(file(C, "c"))
        wanted = self.ask([sha256(new)], chunks(zlib.compress(tree(new, base=known) + END)))
        self.assertEqual(list(wanted.objects.values()), [False, False, True])

    def test_executable_and_plain_are_two(self) -> None:
        self.keep_object(A, executable=True)
        text = manifest_of(file(A, "a"), file(A, "b", "exec"), file(B, "c", "exec"), file(B, "d"))
        wanted = self.want(text)
        self.assertEqual(
            wanted.objects,
            {
                (sha256(A), False): True,
                (sha256(A), True): False,
                (sha256(B), True): True,
                (sha256(B), False): True,
            },
        )
        self.assertEqual(lacked(wanted), [sha256(A), f"{sha256(B)}x", sha256(B)])
        self.assertEqual(base64.b64decode(wanted.lacks()["objects"]), bytes([0b1101]))

    def test_a_bit_for_each_once_the_first_is_the_lowest(self) -> None:
        contents = [b"%d" % number for number in range(11)]
        for place, content in enumerate(contents):
            if place not in (0, 3, 9):
                self.keep_object(content)
        code = manifest_of(*(file(content, f"{place:02}") for place, content in enumerate(contents[:6])))
        # Again what the first tree has, twice the same, a link.
        again = manifest_of(
            file(contents[0], "a"),
            *(file(content, f"b{place:02}") for place, content in enumerate(contents[6:])),
            file(contents[9], "c"),
            ["link", "c", "d"],
        )
        wanted = self.want(code, again)
        self.assertEqual([digest for digest, _ in wanted.objects], [sha256(content) for content in contents])
        self.assertEqual(base64.b64decode(wanted.lacks()["objects"]), bytes([0b00001001, 0b010]))

    def test_no_objects_no_bits(self) -> None:
        self.assertEqual(self.want(manifest_of(["link", "b", "a"]), b"").lacks()["objects"], "")


class Recipes(ShippingCase):
    def setUp(self) -> None:
        super().setUp()
        self.known = self.keep_tree({f"{place:03}.py": b"%d" % place for place in range(100)})
        self.base = self.paths.tree(self.known).read_bytes()
        self.pieces = len(cut(self.base))
        self.assertGreater(self.pieces, 2)

    def told(self, text: bytes, recipe: bytes, base: str) -> Wanted:
        records = tree(text, recipe, base=base) + END
        return self.ask([sha256(text)], chunks(zlib.compress(records)))

    def test_a_manifest_by_its_difference(self) -> None:
        text = manifest_of(file(A, "!")) + self.base
        wanted = self.told(
            text, manifest_of(file(A, "!")) + b"[0,1]\n[1,%d]\n" % (self.pieces - 1), self.known
        )
        self.assertEqual(wanted.trees, {sha256(text): text})
        self.assertEqual(len(parse_manifest(text)), 101)
        self.assertEqual(lacked(wanted), [sha256(A)])

    def test_a_base_that_was_pruned(self) -> None:
        text = manifest_of(file(A, "!")) + self.base
        recipe = manifest_of(file(A, "!")) + b"[0,%d]\n" % self.pieces
        self.paths.tree(self.known).unlink()
        wanted = self.told(text, recipe, self.known)
        self.assertEqual((wanted.trees, wanted.unread, wanted.objects), ({}, [sha256(text)], {}))
        self.assertEqual(wanted.lacks()["unread"], [sha256(text)])
        # Then it is told whole; its objects are still there, and nobody vouches for them.
        wanted = self.want(text)
        self.assertEqual((list(wanted.trees), wanted.unread), ([sha256(text)], []))
        self.assertEqual(lacked(wanted), [sha256(A)])

    def test_what_does_not_come_to_its_digest(self) -> None:
        with self.assertRaisesRegex(GracefulError, "a manifest is not what its digest says"):
            self.told(manifest_of(file(A, "!")) + self.base, b"[0,%d]\n" % self.pieces, self.known)

    def test_pieces_that_the_base_does_not_have(self) -> None:
        for recipe in (
            b"[0,%d]\n" % (self.pieces + 1),
            b"[%d,1]\n" % self.pieces,
            b"[-1,1]\n",
            b'[0,"1"]\n',
            b"[0,1]",
        ):
            with (
                self.subTest(recipe),
                self.assertRaisesRegex(GracefulError, "neither an entry nor pieces of its base"),
            ):
                self.told(b"x", recipe, self.known)
        with self.assertRaisesRegex(GracefulError, "neither an entry nor pieces of its base"):
            self.told(b"x", b"[0,1]\n", "")

    def test_a_base_that_is_none(self) -> None:
        outside = self.top / "outside"
        outside.write_bytes(self.base)
        for base in ("../../../outside", str(outside), "A" * 64, self.known + "\n", self.known[:-1]):
            with self.subTest(base), self.assertRaisesRegex(GracefulError, "is not a SHA-256 digest"):
                self.told(b"x", b"[0,1]\n", base)
