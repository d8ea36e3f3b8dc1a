//! Logos: read once, when an operator gives one, and served as we wrote them.

use std::fmt;
use std::io::Cursor;

use deodar_domain::merchant::{LOGO_LENGTH_MAX, LOGO_SIDE_MAX, Logo, LogoDigest};
use deodar_store::{Record, RecordKey, Setting, SettingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::engine::Engine;
use crate::error::EngineError;

/// How much memory the decoder may take beside the picture, in bytes.
const DECODER_BYTES_MAX: usize = 4 << 20;

/// Why a file cannot be a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoLogo {
    /// It is too large.
    #[error("has more than {LOGO_LENGTH_MAX} bytes: make the picture smaller")]
    TooLong,
    /// It has too many pixels.
    #[error("is more than {LOGO_SIDE_MAX} pixels wide or high: make the picture smaller")]
    TooManyPixels,
    /// It is something else, or damaged.
    #[error("is not a PNG file, or a damaged one")]
    NotPng,
}

/// A picture that can be a logo: a PNG that was written here, pixel for pixel as the one that was
/// given, without anything that the other held beside its pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoPicture {
    logo: Logo,
    png: Box<[u8]>,
}

impl fmt::Debug for LogoPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoPicture({:?}, {} bytes)", self.logo, self.png.len())
    }
}

/// Pixels as they lie in a file: packed, by a palette where there is one.
struct Pixels {
    width: u16,
    height: u16,
    colour: png::ColorType,
    depth: png::BitDepth,
    palette: Option<Vec<u8>>,
    transparent: Option<Vec<u8>>,
    rows: Vec<u8>,
}

impl Pixels {
    /// Reads the first picture of a PNG.
    fn read(file: &[u8]) -> Result<Self, NoLogo> {
        let limits = png::Limits { bytes: DECODER_BYTES_MAX };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
        decoder.set_transformations(png::Transformations::IDENTITY);
        let head = decoder.read_header_info().map_err(|_| NoLogo::NotPng)?;
        let side = |pixels: u32| {
            let side = u16::try_from(pixels).ok().filter(|side| *side <= LOGO_SIDE_MAX);
            side.ok_or(NoLogo::TooManyPixels)
        };
        let (width, height) = (side(head.width)?, side(head.height)?);
        let mut reader = decoder.read_info().map_err(|_| NoLogo::NotPng)?;
        let mut rows = vec![0; reader.output_buffer_size().ok_or(NoLogo::TooManyPixels)?];
        let frame = reader.next_frame(&mut rows).map_err(|_| NoLogo::NotPng)?;
        let is_whole = (frame.width, frame.height) == (u32::from(width), u32::from(height));
        if !is_whole {
            return Err(NoLogo::NotPng);
        }
        rows.truncate(frame.buffer_size());
        let info = reader.info();
        Ok(Self {
            width,
            height,
            colour: info.color_type,
            depth: info.bit_depth,
            palette: palette_of(info)?,
            transparent: transparent_of(info),
            rows,
        })
    }

    fn write(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let (width, height) = (u32::from(self.width), u32::from(self.height));
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(self.colour);
        encoder.set_depth(self.depth);
        encoder.set_compression(png::Compression::High);
        if let Some(palette) = &self.palette {
            encoder.set_palette(palette);
        }
        if let Some(transparent) = &self.transparent {
            encoder.set_trns(transparent);
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rows)?;
        writer.finish()?;
        Ok(file)
    }
}

/// The palette of a picture that needs one: whole colours, no more than a pixel can name. The
/// decoder takes others, which browsers refuse. What another picture has is no part of it.
fn palette_of(info: &png::Info<'_>) -> Result<Option<Vec<u8>>, NoLogo> {
    if info.color_type != png::ColorType::Indexed {
        return Ok(None);
    }
    let palette = info.palette.as_deref().ok_or(NoLogo::NotPng)?;
    let (colours, rest) = palette.as_chunks::<3>();
    let most = 1_usize << (info.bit_depth as u8);
    let fits = !colours.is_empty() && rest.is_empty() && colours.len() <= most;
    if fits { Ok(Some(palette.to_vec())) } else { Err(NoLogo::NotPng) }
}

/// What of a picture is seen through, as it stands in a file. Of a colour in less than 16 bits the
/// decoder keeps the lower byte of each part.
fn transparent_of(info: &png::Info<'_>) -> Option<Vec<u8>> {
    let transparent = info.trns.as_deref()?;
    if info.color_type == png::ColorType::Indexed {
        // Browsers pass over more than there are colours.
        let colours = info.palette.as_deref()?.len() / 3;
        return Some(transparent).filter(|all| all.len() <= colours).map(<[u8]>::to_vec);
    }
    if info.bit_depth == png::BitDepth::Sixteen {
        let length = info.color_type.samples() * 2;
        return transparent.get(..length).map(<[u8]>::to_vec);
    }
    Some(transparent.iter().flat_map(|byte| [0, *byte]).collect())
}

impl LogoPicture {
    /// Reads a file that an operator gave: a PNG of at most [`LOGO_LENGTH_MAX`] bytes, and at most
    /// [`LOGO_SIDE_MAX`] pixels on each side.
    pub fn read(file: &[u8]) -> Result<Self, NoLogo> {
        if file.len() > LOGO_LENGTH_MAX {
            return Err(NoLogo::TooLong);
        }
        let pixels = Pixels::read(file)?;
        let png = pixels.write().map_err(|_| NoLogo::NotPng)?;
        // What was packed by a better program can grow.
        if png.len() > LOGO_LENGTH_MAX {
            return Err(NoLogo::TooLong);
        }
        let logo = Logo { digest: digest(&png), width: pixels.width, height: pixels.height };
        Ok(Self { logo, png: png.into() })
    }

    /// What a merchant with this picture has.
    pub const fn logo(&self) -> Logo {
        self.logo
    }

    /// The file.
    pub fn png(&self) -> &[u8] {
        &self.png
    }
}

fn digest(png: &[u8]) -> LogoDigest {
    let [first, ..] = *Sha256::digest(png).as_chunks::<16>().0 else { return LogoDigest(0) };
    LogoDigest(u128::from_be_bytes(first))
}

/// The path of a logo on this gateway, which its pages and its e-mails name.
pub fn logo_path(logo: Logo) -> String {
    format!("/brand/{:032x}.png", logo.digest.0)
}

impl Engine {
    /// The address of a logo.
    pub(crate) fn logo_url(&self, logo: Logo) -> String {
        format!("{}{}", self.public_url(), logo_path(logo))
    }

    /// The file of a logo that a merchant has.
    pub async fn logo(&self, wanted: LogoDigest) -> Result<Option<Box<[u8]>>, EngineError> {
        let Some(merchant) = self.tenants.of_logo(wanted) else { return Ok(None) };
        let key = RecordKey::Setting(SettingKey::Logo(merchant));
        let stored = self.parts.store.get(key).await?.map(|stored| stored.record);
        let Some(Record::Setting(Setting::Logo { png, .. })) = stored else { return Ok(None) };
        // The merchant may have another one since it was read.
        Ok(Some(png).filter(|png| digest(png) == wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(colour: png::ColorType, depth: png::BitDepth, width: u32, rows: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, 2);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == png::ColorType::Indexed {
            encoder.set_palette(vec![0, 0, 0, 255, 0, 0]);
            encoder.set_trns(vec![0]);
        }
        encoder.add_text_chunk("Author".into(), "somebody".into()).unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(rows).unwrap();
        writer.finish().unwrap();
        file
    }

    /// What a browser draws: red, green, blue and opacity of each pixel.
    fn drawn(file: &[u8]) -> Vec<u8> {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(png::Transformations::ALPHA | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().unwrap();
        let mut rows = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rows).unwrap();
        rows
    }

    #[test]
    fn a_picture_stays_as_it_is_and_loses_what_is_no_picture() {
        use png::{BitDepth, ColorType};
        let cases = [
            file(ColorType::Rgba, BitDepth::Eight, 1, &[1, 2, 3, 4, 5, 6, 7, 8]),
            file(ColorType::Rgb, BitDepth::Eight, 1, &[1, 2, 3, 5, 6, 7]),
            file(ColorType::Grayscale, BitDepth::One, 9, &[0xaa, 0x80, 0x55, 0x00]),
            file(ColorType::GrayscaleAlpha, BitDepth::Sixteen, 1, &[1, 2, 3, 4, 5, 6, 7, 8]),
            file(ColorType::Indexed, BitDepth::One, 3, &[0b0100_0000, 0b1010_0000]),
        ];
        for given in cases {
            let picture = LogoPicture::read(&given).unwrap();
            assert_eq!(drawn(picture.png()), drawn(&given));
            assert!(given.windows(8).any(|bytes| bytes == b"somebody"));
            assert!(!picture.png().windows(8).any(|bytes| bytes == b"somebody"));
            assert_eq!(picture.logo().height, 2);
            // What we wrote is read as the same.
            assert_eq!(LogoPicture::read(picture.png()).unwrap(), picture);
            let followed = [&given[..], b"<script>alert(1)</script>"].concat();
            assert_eq!(LogoPicture::read(&followed), Ok(picture));
        }
    }

    /// A picture of one pixel with this palette and what of it is seen through.
    fn pixel(
        kind: (png::ColorType, png::BitDepth),
        palette: Option<&[u8]>,
        transparent: Option<&[u8]>,
        row: &[u8],
    ) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 1, 1);
        encoder.set_color(kind.0);
        encoder.set_depth(kind.1);
        if let Some(palette) = palette {
            encoder.set_palette(palette);
        }
        if let Some(transparent) = transparent {
            encoder.set_trns(transparent);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(row).unwrap();
        writer.finish().unwrap();
        file
    }

    /// The content of a file's chunk of this name.
    fn chunk(file: &[u8], name: [u8; 4]) -> Option<&[u8]> {
        let place = file.windows(4).position(|bytes| bytes == name)?;
        let length = file[place - 4..place].try_into().map(u32::from_be_bytes).unwrap();
        file.get(place + 4..)?.get(..usize::try_from(length).unwrap())
    }

    #[test]
    fn a_picture_stays_transparent_where_it_was() {
        use png::{BitDepth, ColorType};
        let black = [0, 0, 0, 9, 9, 9];
        let palette = Some(&black[..]);
        let cases = [
            ((ColorType::Rgb, BitDepth::Eight), None, &[1, 2, 3][..], &[0, 1, 0, 2, 0, 3][..]),
            ((ColorType::Grayscale, BitDepth::Eight), None, &[7], &[0, 7]),
            ((ColorType::Grayscale, BitDepth::One), None, &[0x80], &[0, 1]),
            ((ColorType::Grayscale, BitDepth::Sixteen), None, &[7, 8], &[7, 8]),
            ((ColorType::Indexed, BitDepth::Eight), palette, &[0], &[0]),
        ];
        for (kind, palette, row, given) in cases {
            let file = pixel(kind, palette, Some(given), row);
            let picture = LogoPicture::read(&file).unwrap();
            assert_eq!(chunk(picture.png(), *b"tRNS"), Some(given), "{kind:?}");
            assert_eq!(drawn(picture.png()), drawn(&file), "{kind:?}");
            assert!(drawn(picture.png()).ends_with(&[0]), "{kind:?}");
        }
        let kind = (ColorType::Indexed, BitDepth::Eight);
        let file = pixel(kind, Some(&black), Some(&[0; 9]), &[0]);
        assert_eq!(chunk(LogoPicture::read(&file).unwrap().png(), *b"tRNS"), None);
    }

    #[test]
    fn a_palette_that_browsers_refuse_is_refused() {
        use png::{BitDepth, ColorType};
        let indexed = |depth| (ColorType::Indexed, depth);
        let cases: [(_, Option<&[u8]>, bool); 6] = [
            (BitDepth::Eight, None, false),
            (BitDepth::Eight, Some(&[1, 2, 3, 4, 5]), false),
            (BitDepth::Eight, Some(&[0; 771]), false),
            (BitDepth::One, Some(&[0; 9]), false),
            (BitDepth::One, Some(&[0; 6]), true),
            (BitDepth::Eight, Some(&[0; 768]), true),
        ];
        for (depth, palette, is_taken) in cases {
            let given = palette.unwrap_or(&[0; 3]);
            let mut file = pixel(indexed(depth), Some(given), None, &[0]);
            if palette.is_none() {
                let place = file.windows(4).position(|name| name == b"PLTE").unwrap();
                file.drain(place - 4..place + 11);
            }
            let length = palette.map(<[u8]>::len);
            assert_eq!(LogoPicture::read(&file).is_ok(), is_taken, "{depth:?} {length:?}");
        }
        // A picture that names no colour of its palette does without.
        let suggested = pixel((ColorType::Rgb, BitDepth::Eight), Some(&[1; 5]), None, &[1, 2, 3]);
        assert_eq!(chunk(LogoPicture::read(&suggested).unwrap().png(), *b"PLTE"), None);
    }

    #[test]
    fn what_is_no_small_picture_is_refused() {
        use png::{BitDepth, ColorType};
        let one_bit = |width: u32| {
            let row = usize::try_from(width.div_ceil(8)).unwrap();
            file(ColorType::Grayscale, BitDepth::One, width, &vec![0; row * 2])
        };
        let good = file(ColorType::Rgb, BitDepth::Eight, 1, &[1, 2, 3, 5, 6, 7]);
        let mut other_row = good.clone();
        let place = good.windows(4).position(|name| name == b"IDAT").unwrap();
        other_row[place + 8] ^= 0xff;
        let cases = [
            (Vec::new(), NoLogo::NotPng),
            (b"GIF89a".to_vec(), NoLogo::NotPng),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), NoLogo::NotPng),
            (good[..good.len() / 2].to_vec(), NoLogo::NotPng),
            (other_row, NoLogo::NotPng),
            (one_bit(1_025), NoLogo::TooManyPixels),
            (one_bit(100_000), NoLogo::TooManyPixels),
            (vec![0; LOGO_LENGTH_MAX + 1], NoLogo::TooLong),
        ];
        for (file, expected) in cases {
            assert_eq!(LogoPicture::read(&file), Err(expected), "{} bytes", file.len());
        }
        assert!(LogoPicture::read(&one_bit(1_024)).is_ok());
    }
}
