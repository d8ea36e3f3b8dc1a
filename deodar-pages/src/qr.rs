//! QR codes as images.

use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

/// The smallest side of a code that is drawn as SVG, in pixels.
const SVG_SIDE_MIN: u32 = 232;
/// How many pixels of a PNG a module has on each side.
const MODULE_PIXELS: usize = 8;
/// How many modules of nothing a code has around it (ISO/IEC 18004).
const QUIET_MODULES: usize = 4;

/// A code could not be made: what it is to hold is too long.
#[derive(Debug)]
pub(crate) struct NoCode;

fn code(text: &str) -> Result<QrCode, NoCode> {
    QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| NoCode)
}

/// A text as SVG, in the colours of our pages.
pub(crate) fn svg(text: &str) -> Result<String, NoCode> {
    let image = code(text)?
        .render::<svg::Color<'_>>()
        .min_dimensions(SVG_SIDE_MIN, SVG_SIDE_MIN)
        .dark_color(svg::Color("#10241a"))
        .light_color(svg::Color("#ffffff"))
        .build();
    Ok(image)
}

/// A text as a PNG of two colours, for pages that are not ours.
pub(crate) fn png(text: &str) -> Result<Vec<u8>, NoCode> {
    let code = code(text)?;
    let side = (code.width() + 2 * QUIET_MODULES) * MODULE_PIXELS;
    let pixels = u32::try_from(side).map_err(|_| NoCode)?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels, pixels);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(|_| NoCode)?;
    writer.write_image_data(&rows(&code, side)).map_err(|_| NoCode)?;
    writer.finish().map_err(|_| NoCode)?;
    Ok(bytes)
}

/// The rows of the image: a bit is a pixel, 1 is white, and each row begins with a byte of its own.
fn rows(code: &QrCode, side: usize) -> Vec<u8> {
    let modules = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let module = |place: usize| {
            (place / MODULE_PIXELS).checked_sub(QUIET_MODULES).filter(|at| *at < code.width())
        };
        let found = module(x).zip(module(y)).and_then(|(x, y)| modules.get(y * code.width() + x));
        found == Some(&Color::Dark)
    };
    let mut rows = vec![0; side.div_ceil(8) * side];
    for (y, row) in rows.chunks_exact_mut(side.div_ceil(8)).enumerate() {
        for (byte, bits) in row.iter_mut().enumerate() {
            for bit in 0..8 {
                let x = byte * 8 + bit;
                *bits |= u8::from(x < side && !is_dark(x, y)) << (7 - bit);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_holds_its_text_and_has_room_around_it() {
        let text = "upi://pay?pa=shop@upi&pn=Chai%20Point&am=500.00&tr=v1-260306082755-aa-qlAtAf";
        let bytes = png(text).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let (width, height) = (reader.info().width, reader.info().height);
        assert_eq!(width, height);
        let mut rows = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rows).unwrap();
        let side = usize::try_from(width).unwrap();
        let stride = side.div_ceil(8);
        let is_white = |x: usize, y: usize| rows[y * stride + x / 8] >> (7 - x % 8) & 1 == 1;
        let quiet = QUIET_MODULES * MODULE_PIXELS;
        for along in 0..side {
            for across in (0..quiet).chain(side - quiet..side) {
                assert!(is_white(along, across) && is_white(across, along));
            }
        }
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            if is_white(x, y) { 255 } else { 0 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].decode().unwrap().1, text);
    }

    #[test]
    fn what_is_too_long_for_a_code_has_none() {
        let long = "x".repeat(4_000);
        assert!(png(&long).is_err() && svg(&long).is_err());
    }
}
