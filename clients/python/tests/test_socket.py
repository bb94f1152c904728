"""The search for the socket, and what a user reads who cannot connect."""

import os
import socket
import tempfile
import unittest
from unittest import mock

import terrarium
import terrarium._socket
from support import Awaited, answering, response, server


class Search(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="terrarium-client-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.system = f"{self.folder}/system.sock"
        patch = mock.patch.object(terrarium._socket, "SYSTEM_SOCKET", self.system)
        patch.start()
        self.addCleanup(patch.stop)

    def touch(self, path):
        with open(path, "w", encoding="utf-8"):
            return path

    def test_the_variable_wins_whether_the_socket_is_there_or_not(self):
        self.touch(f"{self.folder}/terrarium.sock")
        environment = {"TERRARIUM_SOCKET": "/nowhere/x.sock", "XDG_RUNTIME_DIR": self.folder}
        self.assertEqual(terrarium.find_socket(environment), "/nowhere/x.sock")

    def test_the_socket_of_the_user_comes_before_that_of_the_machine(self):
        environment = {"XDG_RUNTIME_DIR": self.folder}
        with self.assertRaisesRegex(terrarium.Unreachable, "no service is running"):
            terrarium.find_socket(environment)
        self.touch(self.system)
        self.assertEqual(terrarium.find_socket(environment), self.system)
        own = self.touch(f"{self.folder}/terrarium.sock")
        for more in ({}, {"TERRARIUM_SOCKET": "auto"}):
            self.assertEqual(terrarium.find_socket({**environment, **more}), own)

    def test_a_folder_that_others_can_write_to_is_not_trusted(self):
        # An id that no user of this machine has.
        user = 3_900_000_000
        folder = f"/tmp/terrarium-{user}"
        os.mkdir(folder, 0o700)
        self.addCleanup(lambda: (os.remove(f"{folder}/terrarium.sock"), os.rmdir(folder)))
        own = self.touch(f"{folder}/terrarium.sock")
        self.touch(self.system)
        with mock.patch("os.geteuid", return_value=user):
            # It belongs to another user than the one that asks.
            for environment in ({}, {"XDG_RUNTIME_DIR": ""}, {"XDG_RUNTIME_DIR": "relative"}):
                self.assertEqual(terrarium.find_socket(environment), self.system)
            status = os.lstat(folder)
            owned = mock.Mock(st_mode=status.st_mode, st_uid=user)
            with mock.patch.object(terrarium._socket.os, "lstat", return_value=owned):
                self.assertEqual(terrarium.find_socket({}), own)
                owned.st_mode = status.st_mode | 0o010
                self.assertEqual(terrarium.find_socket({}), self.system)
                # A symbolic link.
                owned.st_mode = 0o120700
                self.assertEqual(terrarium.find_socket({}), self.system)

    def test_a_variable_that_is_not_accepted_says_what_is(self):
        longest = "/" + "x" * 106
        self.assertEqual(terrarium.find_socket({"TERRARIUM_SOCKET": longest}), longest)
        for value in ("", "relative", " auto", longest + "x", "/" + "ä" * 54):
            with self.assertRaisesRegex(terrarium.Unreachable, "at most 107 bytes"):
                terrarium.find_socket({"TERRARIUM_SOCKET": value})
        with self.assertRaisesRegex(terrarium.Unreachable, "disables the socket"):
            terrarium.find_socket({"TERRARIUM_SOCKET": "none"})

    def test_a_client_looks_at_each_call(self):
        for make in (terrarium.Client, Awaited):
            client = make()
            with server(answering(response(b'{"n": 1}'))) as path:
                with mock.patch.dict("os.environ", {"TERRARIUM_SOCKET": f"{self.folder}/none"}):
                    with self.assertRaisesRegex(terrarium.Unreachable, "no service answers at .*/none: No such file"):
                        client.info()
                with mock.patch.dict("os.environ", {"TERRARIUM_SOCKET": path}):
                    self.assertEqual(client.info(), {"n": 1})

    def test_a_socket_without_a_service_and_a_path_that_is_too_long_are_unreachable(self):
        with socket.socket(socket.AF_UNIX) as unused:
            unused.bind(f"{self.folder}/unused")
        for make in (terrarium.Client, Awaited):
            with self.assertRaisesRegex(terrarium.Unreachable, "Connection refused"):
                make(f"{self.folder}/unused").info()
            with self.assertRaisesRegex(terrarium.Unreachable, "too long"):
                make("/" + "x" * 200).info()
            with self.assertRaisesRegex(ValueError, "empty"):
                make("")

    def test_a_user_who_may_not_connect_reads_what_to_do(self):
        refused = PermissionError(13, "Permission denied")
        path = self.touch(f"{self.folder}/closed")
        os.chmod(path, 0o660)
        owner = mock.Mock(st_mode=0o140660, st_gid=4711)
        group = mock.Mock(gr_name="terrarium-users")
        with mock.patch("os.stat", return_value=owner), mock.patch("grp.getgrgid", return_value=group):
            self.assertIn(
                "join the group terrarium-users (sudo usermod -aG terrarium-users USER)",
                str(terrarium._socket.connection_error(path, refused)),
            )
            owner.st_gid = 0
            self.assertIn("its mode is 0660", str(terrarium._socket.connection_error(path, refused)))
        self.assertTrue(str(terrarium._socket.connection_error("/nowhere", refused)).endswith("connect to /nowhere"))


if __name__ == "__main__":
    unittest.main()
