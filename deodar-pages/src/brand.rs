//! A merchant's colour and logo: a stylesheet of a few variables, and a picture. Both are named by
//! their content, are cached for ever, and come from our own origin, as the pages' policy wants.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use deodar_domain::merchant::{Colour, EDGE_CONTRAST_MIN, LogoDigest, Merchant, TEXT_CONTRAST_MIN};
use deodar_engine::{Engine, logo_path};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::assets;
use crate::error::PageError;
use crate::headers;

/// Where the files of merchants are.
const FOLDER: &str = "/brand/";
/// How a browser keeps a file that is named by its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A theme of the pages: what a merchant's colour must be read on.
struct Theme {
    /// The page.
    ground: Colour,
    /// What stands on it.
    surface: Colour,
    /// What stands out of that.
    raised: Colour,
    /// How much of the colour a tinted place has, in hundredths.
    tint: u32,
}

impl Theme {
    /// The light one, as `pay.css` has it.
    const LIGHT: Self = Self {
        ground: Colour::new(0xf4, 0xf6, 0xf3),
        surface: Colour::WHITE,
        raised: Colour::new(0xf8, 0xfa, 0xf8),
        tint: 8,
    };
    /// The dark one.
    const DARK: Self = Self {
        ground: Colour::new(0x0e, 0x13, 0x11),
        surface: Colour::new(0x16, 0x1d, 0x19),
        raised: Colour::new(0x1b, 0x24, 0x20),
        tint: 12,
    };

    fn tint(&self, colour: Colour) -> Colour {
        self.surface.mixed(colour, self.tint)
    }

    /// The variables of `pay.css` that follow the colour. Text of it is read on everything that it
    /// stands on; a button keeps the very colour, inside an edge that is seen on the page.
    fn variables(&self, colour: Colour) -> [(&'static str, Colour); 5] {
        let tint = self.tint(colour);
        let grounds = [self.ground, self.surface, self.raised, tint];
        let accent = colour.readable_on(&grounds, TEXT_CONTRAST_MIN);
        let edge = colour.readable_on(&[self.ground, self.surface], EDGE_CONTRAST_MIN);
        [
            ("accent", accent),
            ("accent-strong", accent.mixed(self.ground.text(), 15)),
            ("on-accent", accent.text()),
            ("tint", tint),
            ("button-edge", edge),
        ]
    }
}

/// The stylesheet of a colour.
fn sheet(colour: Colour) -> String {
    let text = colour.text();
    let away = if text == Colour::WHITE { Colour::BLACK } else { Colour::WHITE };
    let button =
        [("button", colour), ("on-button", text), ("button-hover", colour.mixed(away, 15))];
    let light = Theme::LIGHT.variables(colour);
    let dark = Theme::DARK.variables(colour);
    let mut sheet = String::new();
    let themes = [
        ("@media screen", button.iter().chain(&light)),
        ("@media screen and (prefers-color-scheme:dark)", [].iter().chain(&dark)),
    ];
    for (media, variables) in themes {
        // Writing to a text cannot fail.
        let _ = write!(sheet, "{media}{{:root{{");
        for (name, colour) in variables {
            let _ = write!(sheet, "--{name}:{colour};");
        }
        sheet.push_str("}}\n");
    }
    sheet
}

/// The name of a colour's stylesheet: another way to reckon it has another name.
fn sheet_name(colour: Colour, sheet: &str) -> String {
    format!("{}-{}.css", colour.hex(), assets::hash(sheet.as_bytes()))
}

/// A logo as a page shows it.
pub(crate) struct LogoView {
    pub(crate) path: String,
    /// What it says to those who do not see it: the merchant's name.
    pub(crate) name: String,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

impl LogoView {
    /// The logo of a merchant that has one.
    pub(crate) fn of(merchant: &Merchant) -> Option<Self> {
        let logo = merchant.appearance.logo?;
        Some(Self {
            path: logo_path(logo),
            name: merchant.name.to_string(),
            width: logo.width,
            height: logo.height,
        })
    }
}

/// The address of the stylesheet of a merchant that has a colour.
pub(crate) fn style_path(merchant: &Merchant) -> Option<String> {
    let colour = merchant.appearance.colour?;
    Some(format!("{FOLDER}{}", sheet_name(colour, &sheet(colour))))
}

/// `GET /brand/<name>`: the stylesheet of a colour, which is reckoned and no secret, or a logo.
pub(crate) async fn get(
    State(engine): State<Arc<Engine>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, PageError> {
    let Path(name) = name.map_err(|_| PageError::NotFound)?;
    if let Some(colour) = name.strip_suffix(".css").and_then(|stem| stem.split_once('-')) {
        let colour = Colour::from_hex(colour.0).map_err(|_| PageError::NotFound)?;
        let sheet = sheet(colour);
        // While nodes of two versions run side by side, one may be asked for a sheet as the other
        // names it.
        let caching = if sheet_name(colour, &sheet) == name { FOR_EVER } else { "no-store" };
        return Ok(file("text/css; charset=utf-8", caching, sheet));
    }
    let digest = name.strip_suffix(".png").filter(|digits| digits.len() == 32);
    let digest = digest.and_then(|digits| u128::from_str_radix(digits, 16).ok());
    let wanted = digest.map(LogoDigest).ok_or(PageError::NotFound)?;
    let png = engine.logo(wanted).await?.ok_or(PageError::NotFound)?;
    Ok(file("image/png", FOR_EVER, Vec::from(png)))
}

/// A file that is no page: it loads nothing, and is what it says it is.
fn file(content_type: &'static str, caching: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    headers::private(response.headers_mut());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value of a variable of `pay.css`, in the light and in the dark theme.
    fn of_style(name: &str) -> [Colour; 2] {
        let style = include_str!("../assets/pay.css");
        let start = format!("--{name}: ");
        let mut values = style.lines().filter_map(|line| line.trim().strip_prefix(&start));
        let mut next = || Colour::parse(values.next().unwrap().trim_end_matches(';')).unwrap();
        [next(), next()]
    }

    #[test]
    fn the_themes_are_those_of_the_style() {
        assert_eq!([Theme::LIGHT.ground, Theme::DARK.ground], of_style("ground"));
        assert_eq!([Theme::LIGHT.surface, Theme::DARK.surface], of_style("surface"));
        assert_eq!([Theme::LIGHT.raised, Theme::DARK.raised], of_style("raised"));
    }

    #[test]
    fn a_button_has_the_very_colour() {
        for (colour, text) in
            [("#1a7f5a", "#ffffff"), ("#ffe600", "#000000"), ("#0b1f8f", "#ffffff")]
        {
            let sheet = sheet(Colour::parse(colour).unwrap());
            assert!(sheet.contains(&format!("--button:{colour};--on-button:{text};")), "{sheet}");
            assert_eq!(sheet.matches("--button:").count(), 1);
        }
    }

    proptest! {
        #[test]
        fn every_colour_is_read_in_both_themes(red: u8, green: u8, blue: u8) {
            let colour = Colour::new(red, green, blue);
            let texts = [of_style("text"), of_style("soft")];
            for (place, theme) in [Theme::LIGHT, Theme::DARK].into_iter().enumerate() {
                let variables = theme.variables(colour);
                let tint = theme.tint(colour);
                let get = |name| variables.iter().find(|(known, _)| *known == name).unwrap().1;
                for ground in [theme.ground, theme.surface, theme.raised, tint] {
                    for text in ["accent", "accent-strong"].map(get) {
                        prop_assert!(text.contrast(ground) >= TEXT_CONTRAST_MIN);
                    }
                }
                for text in texts {
                    prop_assert!(text[place].contrast(tint) >= TEXT_CONTRAST_MIN, "{tint}");
                }
                for ground in [theme.ground, theme.surface] {
                    prop_assert!(get("button-edge").contrast(ground) >= EDGE_CONTRAST_MIN);
                }
                prop_assert!(get("on-accent").contrast(get("accent")) >= TEXT_CONTRAST_MIN);
            }
            let (text, hover) = (colour.text(), sheet(colour));
            let hover = hover.split("--button-hover:").nth(1).unwrap().get(..7).unwrap();
            let hover = Colour::parse(hover).unwrap();
            prop_assert!(text.contrast(hover) >= TEXT_CONTRAST_MIN, "{text} on {hover}");
        }
    }
}
