#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an ISO file to a machine that boots from its disk, by the core alone."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../common'))
import tap
from session import SERIAL, Console, GLib, Session, domain, tiny

V = GLib.Variant
INSTALLING = 16


def install(session, firmware='', reboots=1, iso='tiny-installer.iso'):
    xml = domain('tiny', memory=512, devices=SERIAL + f"""
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{tiny(iso)}'/>
          <target dev='sda' bus='sata'/><readonly/></disk>
        <video><model type='virtio'/></video>""")
    if firmware:
        xml = xml.replace('<os>', f"<os firmware='{firmware}'>")
    job = session.manager('Install', '(sa{sv})', xml, {
        'disks': V('aa{sv}', [{'target': V('s', 'vda'), 'capacity': V('t', 200 << 20)}]),
        'media': V('s', 'sda'), 'reboots': V('u', reboots)})
    path = session.job(job)['machine']
    assert session.get(path, 'Machine', 'Flags') & INSTALLING
    return path, Console(session, path)


def xml_of(session, path):
    return session.machine(path, 'GetXml', '(a{sv})', {'inactive': V('b', True)})[0]


def check_installed(session, path, console):
    console.expect('from=disk')
    assert session.get(path, 'Machine', 'Flags') & INSTALLING == 0
    assert 'installer.iso' not in xml_of(session, path) and 'guesthouse.org' not in xml_of(session, path)
    session.machine(path, 'Shutdown', '(a{sv})', {})
    session.wait_state(path, 'off')
    session.start(path)
    console.expect('from=disk boots=2')


def test_bios(session):
    path, console = install(session)
    console.expect('TINY install complete')
    check_installed(session, path, console)


def test_uefi(session):
    path, console = install(session, 'efi')
    console.expect('TINY install complete')
    check_installed(session, path, console)
    nvram = f"{session.env['XDG_DATA_HOME']}/guesthouse/m/{session.get(path, 'Machine', 'Uuid')}/nvram.fd"
    assert os.path.getsize(nvram) > 0


def test_core_dies_during_installation(session):
    """kill -9 in the middle: the installation goes on, and its end is seen by the next core."""
    path, console = install(session)
    console.expect('TINY install: writing')
    session.kill_core()
    assert session.state(path) == 'running'
    assert session.get(path, 'Machine', 'Flags') & INSTALLING
    check_installed(session, path, Console(session, path))


def test_power_off_keeps_the_disc(session):
    """Turned off before it is done, the next start is the installer again."""
    path, console = install(session)
    console.expect('TINY install: writing')
    session.machine(path, 'PowerOff')
    assert session.get(path, 'Machine', 'Flags') & INSTALLING
    assert 'tiny-installer.iso' in xml_of(session, path)
    session.start(path)
    console.expect('TINY install: writing')
    session.machine(path, 'Reset')
    console.expect('TINY install: writing')
    assert session.get(path, 'Machine', 'Flags') & INSTALLING


def test_restart_without_installing(session):
    """A guest that restarts and has written nothing has installed nothing: the disc stays."""
    path, console = install(session, iso='tiny.iso')
    console.expect('from=cdrom')
    console.expect('tiny#')
    console.type('reboot\n')
    console.expect('from=cdrom')
    assert session.get(path, 'Machine', 'Flags') & INSTALLING
    assert 'tiny.iso' in xml_of(session, path)
    console.expect('tiny#')
    console.type('poweroff\n')
    session.wait_state(path, 'off')
    assert session.get(path, 'Machine', 'Flags') & INSTALLING
    assert session.get(path, 'Machine', 'Reason') == 'shutdown'


def test_two_restarts(session):
    """An installer that restarts twice has its disc in until the second."""
    path, console = install(session, reboots=2)
    console.expect('TINY install complete')
    console.expect('from=disk')
    assert session.get(path, 'Machine', 'Flags') & INSTALLING
    assert 'tiny-installer.iso' in xml_of(session, path)
    console.expect('tiny#')
    console.type('reboot\n')
    console.expect('from=disk')
    assert session.get(path, 'Machine', 'Flags') & INSTALLING == 0
    assert 'tiny-installer.iso' not in xml_of(session, path)


if __name__ == '__main__':
    tap.main(globals(), before=Session, after=Session.close)
