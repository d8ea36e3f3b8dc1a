//! The chart: a bar for each goal, from nothing to the goal and beyond it, the better side always
//! to the right.
//!
//! It is written by hand, so that the same figures give the same bytes, and needs no library:
//! rectangles, lines and text. Its colours follow the reader's preference for light or dark, and
//! nothing is told by colour alone.

use std::fmt::Write;

use crate::goal::{Row, Side, Verdict};

/// The width of the picture, and of its columns, in pixels.
const WIDTH: f64 = 980.0;
const LABEL_WIDTH: f64 = 330.0;
const FIGURE_WIDTH: f64 = 250.0;
/// The height of a bar and its surroundings.
const ROW_HEIGHT: f64 = 26.0;
const BAR_HEIGHT: f64 = 14.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 14.0;
/// What a bar shows at most: twice the goal.
const REACH: f64 = 2.0;

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 12px; fill: #59636e; }
  .title { font-size: 16px; font-weight: 600; }
  .met { fill: #2da44e; } .noise { fill: #bf8700; } .missed { fill: #cf222e; }
  .track { fill: #e6eaef; } .goal { stroke: #1f2328; stroke-width: 2; }
  .spread { stroke: #1f2328; stroke-width: 1; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .small { fill: #9198a1; }
    .met { fill: #3fb950; } .noise { fill: #d29922; } .missed { fill: #f85149; }
    .track { fill: #2a313c; } .goal, .spread { stroke: #f0f6fc; } .paper { fill: #0d1117; }
  }
";

/// Draws the rows that have a figure.
pub(crate) fn goals(rows: &[Row]) -> String {
    let drawn: Vec<&Row> = rows.iter().filter(|row| row.figure.is_some()).collect();
    let count = u32::try_from(drawn.len()).unwrap_or(u32::MAX);
    let height = TOP + ROW_HEIGHT * f64::from(count) + BOTTOM;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">What was reached of each goal</title>\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"12\" y=\"24\">What was reached of each goal</text>\n\
         <text class=\"small\" x=\"12\" y=\"42\">The upright line is the goal; further right is \
         better; the thin line is the spread of the repetitions.</text>\n"
    );
    let mut top = TOP;
    for row in drawn {
        draw(&mut svg, row, top);
        top += ROW_HEIGHT;
    }
    svg.push_str("</svg>\n");
    svg
}

/// How far a value is on the way to its goal: 1 is the goal, more is better.
fn reached(row: &Row, value: f64) -> f64 {
    let part = match row.goal.side {
        Side::AtLeast => value / row.goal.bound,
        Side::AtMost => row.goal.bound / value,
    };
    if part.is_finite() { part.clamp(0.0, REACH) } else { REACH }
}

fn draw(svg: &mut String, row: &Row, top: f64) {
    let Some(figure) = &row.figure else { return };
    let track = WIDTH - LABEL_WIDTH - FIGURE_WIDTH;
    let at = |value: f64| LABEL_WIDTH + track * reached(row, value) / REACH;
    let goal = LABEL_WIDTH + track / REACH;
    let (class, word) = match row.verdict {
        Verdict::Met => ("met", "met"),
        Verdict::WithinNoise => ("noise", "within noise"),
        _ => ("missed", "missed"),
    };
    let (bar, middle, base) = (top + 5.0, top + 5.0 + BAR_HEIGHT / 2.0, top + 16.5);
    let unit = row.goal.unit;
    let end = at(figure.median);
    let (low, high) = (at(figure.min).min(at(figure.max)), at(figure.min).max(at(figure.max)));
    let told = format!("{} ({}), {word}", unit.show(figure.median), row.goal.shown());
    let _ = write!(
        svg,
        "<g>\n<text x=\"12\" y=\"{base:.1}\">{}</text>\n\
         <rect class=\"track\" x=\"{LABEL_WIDTH}\" y=\"{bar}\" width=\"{track}\" \
         height=\"{BAR_HEIGHT}\"/>\n\
         <rect class=\"{class}\" x=\"{LABEL_WIDTH}\" y=\"{bar}\" width=\"{:.1}\" \
         height=\"{BAR_HEIGHT}\"/>\n\
         <line class=\"spread\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>\n\
         <line class=\"goal\" x1=\"{goal:.1}\" x2=\"{goal:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\n\
         <text class=\"small\" x=\"{:.1}\" y=\"{base:.1}\">{}</text>\n</g>\n",
        escaped(row.goal.what),
        end - LABEL_WIDTH,
        bar - 3.0,
        bar + BAR_HEIGHT + 3.0,
        LABEL_WIDTH + track + 10.0,
        escaped(&told),
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
