# SPDX-License-Identifier: GPL-3.0-or-later
"""A real QEMU with a D-Bus display, for tests that look at screens."""
import array
import json
import os
import shutil
import socket
import subprocess
import tempfile


class Qemu:
    """Starts QEMU with arguments ARGS. Nothing boots: the firmware's screen is the picture."""

    def __init__(self, *args, log=False):
        self.folder = tempfile.mkdtemp(prefix='gh-qemu-')
        if log:
            args += ('-D', os.path.join(self.folder, 'trace.log'))
        ours, theirs = socket.socketpair()
        ours.settimeout(60)
        self.process = subprocess.Popen(
            ['qemu-system-x86_64', '-nodefaults', '-machine', 'q35', '-accel', 'tcg', '-m', '64',
             '-display', 'dbus,p2p=yes', '-chardev', f'socket,id=qmp,fd={theirs.fileno()}',
             '-mon', 'chardev=qmp,mode=control', *args],
            stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        theirs.close()
        self.socket = ours
        self.buffer = b''
        self.events = []
        self._read()
        self.command('qmp_capabilities')

    def _read(self):
        while b'\n' not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError('QEMU closed its monitor')
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        return json.loads(line)

    def command(self, name, fd=None, **arguments):
        message = json.dumps({'execute': name, 'arguments': arguments}).encode() + b'\n'
        if fd is None:
            self.socket.sendall(message)
        else:
            self.socket.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                             array.array('i', [fd]))])
        while True:
            answer = self._read()
            if 'event' in answer:
                self.events.append(answer)
            elif 'error' in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            else:
                return answer['return']

    def open_display(self):
        """A descriptor to the display, for the caller to close."""
        ours, theirs = socket.socketpair()
        with theirs:
            self.command('getfd', fd=theirs.fileno(), fdname='display')
            self.command('add_client', protocol='@dbus-display', fdname='display')
        return ours.detach()

    def screendump(self):
        """Width, height and RGB bytes of the guest's screen."""
        path = os.path.join(self.folder, 'screen.ppm')
        self.command('screendump', filename=path)
        with open(path, 'rb') as file:
            data = file.read()
        _, size, _, pixels = data.split(b'\n', 3)
        width, height = map(int, size.split())
        return width, height, pixels

    def close(self):
        self.process.kill()
        self.process.wait()
        self.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
