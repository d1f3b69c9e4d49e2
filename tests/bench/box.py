# SPDX-License-Identifier: GPL-3.0-or-later
"""A box that a daemon and its guests run in: own mount, network and process namespaces.

Run as a program this file is the box's first process. It takes over whom others leave behind, as a
real init does, and starts what it is told to, one JSON line each. When its input ends, so do all."""
import ctypes
import json
import os
import signal
import subprocess
import sys

# What a daemon may write to, made new and empty for the box.
OWN_FOLDERS = ('/run', '/var/lib', '/var/cache', '/var/log', '/etc/libvirt', '/sys/fs/cgroup')


def run_init(disks, own_disks):
    def reap(*_):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass

    for folder in OWN_FOLDERS:
        if os.path.isdir(folder):
            subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', folder], check=True)
    # libvirtd wants to know this user, which another Debian package makes, also when it is not used.
    for path, line in (('/etc/passwd', 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin\n'),
                       ('/etc/group', 'libvirt-qemu:x:64055:\nkvm:x:64056:\n')):
        own = '/run/' + os.path.basename(path)
        with open(path) as real, open(own, 'w') as out:
            out.write(real.read() + line)
        subprocess.run(['mount', '--bind', own, path], check=True)
    # Both boxes see their own images under one path, so both take the same XML.
    subprocess.run(['mount', '--bind', own_disks, disks], check=True)

    signal.signal(signal.SIGCHLD, reap)
    print('ready', flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        actions = [(os.POSIX_SPAWN_OPEN, 0, '/dev/null', os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, order['log'], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                   (os.POSIX_SPAWN_DUP2, 1, 2)]
        print(os.posix_spawn(order['argv'][0], order['argv'], order['env'], file_actions=actions,
                             setsigdef=[signal.SIGPIPE]), flush=True)


class Box:
    """A namespace of its own; DISKS of it is OWN_DISKS outside."""

    def __init__(self, disks, own_disks):
        self.process = subprocess.Popen(
            ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc',
             sys.executable, os.path.abspath(__file__), disks, own_disks],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,     # Ctrl-C is for this program alone, which then clears up
            preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0))  # PR_SET_PDEATHSIG
        if self.process.stdout.readline() != 'ready\n':
            raise RuntimeError('the box could not be made')
        init, = self._children(self.process.pid)
        self.namespace = os.readlink(f'/proc/{init}/ns/pid')

    def spawn(self, argv, env, log):
        """Start a program in the box; its process id there."""
        self.process.stdin.write(json.dumps({'argv': argv, 'env': env, 'log': log}) + '\n')
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def processes(self):
        """Outside process ids of the box by inside ones."""
        found = {}
        for entry in os.listdir('/proc'):
            try:
                if entry.isdigit() and os.readlink(f'/proc/{entry}/ns/pid') == self.namespace:
                    with open(f'/proc/{entry}/status') as status:
                        inside, = (line.split()[-1] for line in status if line.startswith('NSpid:'))
                    found[int(inside)] = int(entry)
            except OSError:
                pass
        return found

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    @staticmethod
    def _children(pid):
        with open(f'/proc/{pid}/task/{pid}/children') as children:
            return [int(child) for child in children.read().split()]


if __name__ == '__main__':
    run_init(*sys.argv[1:])
