//! A QR code as text for a terminal: two rows of modules in a line of half blocks. Pure.

use qr2term::matrix::Matrix;
use qr2term::render::{QrDark, QrLight};
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;

/// Modules of white around the code: the standard's four, or two, which phones read as well, where four don't fit.
const QUIET: [usize; 2] = [4, 2];

/// A code that is ready to be drawn.
pub struct Picture {
    code: QrCode,
}

impl Picture {
    /// Encodes a text that may be secret. The lowest error correction: a screen has no scratches, and the code fits
    /// on a terminal of 80 × 24.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the text is too long for a QR code.
    pub fn new(text: &Secret) -> Result<Self> {
        QrCode::with_error_correction_level(text.expose(), EcLevel::L)
            .map(|code| Picture { code })
            .map_err(|e| Error::failed("the QR code can't be drawn").cause(e).hint("use --no-qr with --show-secret"))
    }

    /// Columns and lines it takes with the wider border.
    pub fn size(&self) -> (usize, usize) {
        self.size_with(QUIET[0])
    }

    /// The least columns and lines it can do with.
    pub fn least_size(&self) -> (usize, usize) {
        self.size_with(QUIET[1])
    }

    fn size_with(&self, quiet: usize) -> (usize, usize) {
        let side = self.code.width() + 2 * quiet;
        (side, side.div_ceil(2))
    }

    /// The picture with the widest border that fits into so many columns and lines; `None` if none does.
    pub fn fitting(&self, columns: usize, lines: usize) -> Option<Secret> {
        QUIET.into_iter().find_map(|quiet| {
            let (width, height) = self.size_with(quiet);
            (width <= columns && height <= lines).then(|| self.draw(quiet))
        })
    }

    /// The picture with the wider border, however large the terminal is.
    pub fn full(&self) -> Secret {
        self.draw(QUIET[0])
    }

    /// Black and white are the fixed entries 16 and 231 of the 256 colours, not the terminal's own black and white:
    /// those belong to its theme (some light ones have them the other way round), and qr2term's renderer leaves them out
    /// altogether under `NO_COLOR`. The lower half block is the one that fonts draw without a gap.
    fn draw(&self, quiet: usize) -> Secret {
        let mut matrix = Matrix::new(self.code.to_colors());
        matrix.surround(quiet, QrLight);
        let side = matrix.size();
        let pixels = Zeroizing::new(matrix.pixels().iter().map(|p| *p == QrDark).collect::<Vec<bool>>());
        let rows: Vec<&[bool]> = pixels.chunks(side).collect();
        let mut text = String::with_capacity(side * side * 12 + 64);
        for pair in rows.chunks(2) {
            let mut before = None;
            for column in 0..side {
                let dark = |row: usize| pair.get(row).and_then(|row| row.get(column)).copied().unwrap_or(false);
                let (upper, lower) = (dark(0), dark(1));
                if before != Some((upper, lower)) {
                    text.push_str(colours(upper, lower));
                    before = Some((upper, lower));
                }
                text.push(if upper == lower { ' ' } else { '▄' });
            }
            text.push_str("\x1b[0m\n");
        }
        Secret::new(text)
    }
}

/// The sequence that makes the paper the colour of the upper module and the ink that of the lower.
fn colours(upper: bool, lower: bool) -> &'static str {
    match (upper, lower) {
        (false, false) => "\x1b[38;5;231;48;5;231m",
        (false, true) => "\x1b[38;5;16;48;5;231m",
        (true, false) => "\x1b[38;5;231;48;5;16m",
        (true, true) => "\x1b[38;5;16;48;5;16m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a picture back as a terminal would show it: `true` is black.
    fn pixels(picture: &str) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in picture.lines() {
            let (mut upper, mut lower) = (Vec::new(), Vec::new());
            let (mut ink, mut paper) = (None, None);
            let mut rest = line;
            while let Some(c) = rest.chars().next() {
                if let Some(sequence) = rest.strip_prefix("\x1b[") {
                    let (codes, tail) = sequence.split_once('m').unwrap();
                    match codes.split(';').collect::<Vec<_>>()[..] {
                        ["38", "5", i, "48", "5", p] => (ink, paper) = (Some(i == "16"), Some(p == "16")),
                        ["0"] => (ink, paper) = (None, None),
                        _ => panic!("{codes}"),
                    }
                    rest = tail;
                    continue;
                }
                upper.push(paper.unwrap());
                lower.push(if c == '▄' { ink.unwrap() } else { paper.unwrap() });
                rest = &rest[c.len_utf8()..];
            }
            rows.push(upper);
            rows.push(lower);
        }
        rows
    }

    fn decode(picture: &str) -> String {
        let rows = pixels(picture);
        let scale = 4;
        let (width, height) = (rows[0].len() * scale, rows.len() * scale);
        let mut image = rqrr::PreparedImage::prepare_from_bitmap(width, height, |x, y| rows[y / scale][x / scale]);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    fn uri(user: &str) -> Secret {
        crate::devices::otpauth::uri(&Secret::new("JBSWY3DPEHPK3PXP".repeat(4)), "123456789012", user)
    }

    #[test]
    fn an_independent_decoder_reads_it_with_either_border() {
        for user in ["al", "alice", "alice.longname@example.com"] {
            let uri = uri(user);
            let picture = Picture::new(&uri).unwrap();
            for quiet in QUIET {
                assert_eq!(decode(picture.draw(quiet).expose()), uri.expose());
            }
        }
    }

    #[test]
    fn it_is_as_large_as_it_says_and_has_its_border() {
        let picture = Picture::new(&uri("alice")).unwrap();
        for quiet in QUIET {
            let rows = pixels(picture.draw(quiet).expose());
            assert_eq!((rows[0].len(), rows.len() / 2), picture.size_with(quiet));
            let side = rows[0].len();
            for (y, row) in rows.iter().enumerate() {
                for (x, dark) in row.iter().enumerate() {
                    let border = x < quiet || y < quiet || x >= side - quiet || y >= side - quiet;
                    assert!(!(border && *dark), "{x},{y}");
                }
            }
        }
    }

    #[test]
    fn an_aws_seed_fits_on_80_by_24_with_a_line_to_spare() {
        let picture = Picture::new(&uri("alice")).unwrap();
        assert!(picture.fitting(80, 23).is_some(), "{:?}", picture.least_size());
        assert_eq!(picture.fitting(80, 40).unwrap(), picture.full());
        assert!(picture.fitting(40, 40).is_none());
        assert!(picture.fitting(80, 20).is_none());
        let long =
            Picture::new(&crate::devices::otpauth::uri(&Secret::new("A".repeat(64)), &"a".repeat(63), &"u".repeat(64)))
                .unwrap();
        assert!(long.size().0 <= 80, "{:?}", long.size());
    }

    #[test]
    fn too_long_a_text_is_an_error() {
        assert!(Picture::new(&Secret::new("x".repeat(8000))).is_err());
    }
}
