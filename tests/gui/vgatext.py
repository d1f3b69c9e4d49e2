# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the text on a PC's text screen, or on Linux's own frame buffer console, from its pixels.

The text screen draws with the font of the VGA BIOS that QEMU gives the guest, 8 by 16, in cells 9
wide; Linux with much the same, in cells 8 wide. A cell is a letter only if each of its pixels is as in that font, in any two colours.
"""
ROM = '/usr/share/seabios/vgabios-stdvga.bin'
HEIGHT = 16
UNKNOWN = '\N{REPLACEMENT CHARACTER}'
# Code page 437 has pictures where Python's codec has control characters.
CHARACTERS = (' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼' +
              bytes(range(32, 127)).decode() + '⌂' + bytes(range(128, 256)).decode('cp437'))
# Glyph 0 is empty, and 1 is a face.
BEGIN = bytes(16) + bytes.fromhex('00007e81a58181bd9981817e00000000')

# Linux draws these in its own way on a frame buffer.
LINUX = {
    "'": '00303030200000000000000000000000',
    '0': '0000386cc6c6d6d6c6c66c3800000000',
    'M': '0000c6eefefed6c6c6c6c6c600000000',
    'T': '00007e7e5a1818181818183c00000000',
    'V': '0000c6c6c6c6c6c6c66c381000000000',
    'W': '0000c6c6c6c6d6d6d6feee6c00000000',
    'X': '0000c6c66c7c38387c6cc6c600000000',
    'Y': '0000666666663c181818183c00000000',
    'Z': '0000fec6860c183060c2c6fe00000000',
    'f': '00001c36323078303030307800000000',
    'm': '0000000000ecfed6d6d6d6c600000000',
    'v': '0000000000c6c6c6c6c66c3800000000',
    'w': '0000000000c6c6d6d6d6fe6c00000000',
    'x': '0000000000c66c3838386cc600000000',
    '|': '00001818181818181818181800000000',
}


def load(path=ROM):
    """{16 bytes, a row of a glyph each: its character}."""
    with open(path, 'rb') as file:
        rom = file.read()
    start = rom.find(BEGIN)
    if start < 0:
        raise ValueError(f'{path}: no font is in it')
    glyphs = {}
    for number in reversed(range(256)):
        glyphs[rom[start + number * HEIGHT:start + (number + 1) * HEIGHT]] = CHARACTERS[number]
    glyphs.update((bytes.fromhex(shape), letter) for letter, shape in LINUX.items())
    # Drawn in one colour, a full block and a space are the same.
    glyphs[bytes(HEIGHT)] = glyphs[b'\xff' * HEIGHT] = ' '
    return glyphs


class Reader:
    def __init__(self, path=ROM):
        self.glyphs = load(path)
        self.known = {}     # pixels of a cell: character

    def _letter(self, rows, width):
        """The character that these rows of pixels, of 3 bytes each, show."""
        first = rows[0][:3]
        glyph, other = bytearray(), None
        for row in rows:
            bits = 0
            for at in range(0, 8 * 3, 3):
                pixel = row[at:at + 3]
                if pixel != first:
                    if other is None:
                        other = pixel
                    elif pixel != other:
                        return UNKNOWN
                    bits |= 0x80 >> at // 3
            glyph.append(bits)
            # The ninth column is empty, or repeats the eighth in line drawings.
            if width == 9 and row[24:27] not in (first, row[21:24]):
                return UNKNOWN
        character = self.glyphs.get(bytes(glyph))
        if character is None:
            character = self.glyphs.get(bytes(b ^ 0xff for b in glyph), UNKNOWN)
        return character

    def lines(self, picture, width=None):
        """The lines of text on PICTURE, which is a whole screen at its own size; no spaces at
        their ends."""
        width = width or (9 if picture.width % 9 == 0 and picture.height % 25 == 0 else 8)
        stride, step = picture.width * 3, width * 3
        lines = []
        for top in range(0, picture.height // HEIGHT * HEIGHT, HEIGHT):
            rows = [picture.data[(top + y) * stride:(top + y + 1) * stride]
                    for y in range(HEIGHT)]
            line = []
            for left in range(0, picture.width // width * step, step):
                cell = tuple(row[left:left + step] for row in rows)
                letter = self.known.get(cell)
                if letter is None:
                    letter = self.known[cell] = self._letter(cell, width)
                line.append(letter)
            lines.append(''.join(line).rstrip())
        return lines
