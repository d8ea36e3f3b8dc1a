//! The little Markdown of descriptions: paragraphs, lists, `code` and **weight**.

/// A description as HTML; what it says is escaped.
pub(super) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for block in text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if block.starts_with("* ") {
            html.push_str("<ul>");
            for item in block.lines().filter_map(|line| line.strip_prefix("* ")) {
                html.push_str("<li>");
                inline(item, &mut html);
                html.push_str("</li>");
            }
            html.push_str("</ul>");
        } else {
            html.push_str("<p>");
            inline(block, &mut html);
            html.push_str("</p>");
        }
    }
    html
}

/// A line of a description as HTML.
pub(super) fn line(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    inline(text, &mut html);
    html
}

fn inline(text: &str, html: &mut String) {
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            html.push_str("<code>");
            escape(part, html);
            html.push_str("</code>");
            continue;
        }
        for (index, part) in part.split("**").enumerate() {
            let weight = index % 2 == 1;
            html.push_str(if weight { "<strong>" } else { "" });
            escape(part, html);
            html.push_str(if weight { "</strong>" } else { "" });
        }
    }
}

fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_marked_up_and_escaped() {
        let cases = [
            (
                "One.\n\nTwo `<b>` & \"x\".",
                "<p>One.</p><p>Two <code>&lt;b&gt;</code> &amp; &quot;x&quot;.</p>",
            ),
            ("* **A** b\n* c", "<ul><li><strong>A</strong> b</li><li>c</li></ul>"),
            ("`a**b`", "<p><code>a**b</code></p>"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(html(text), expected, "{text}");
        }
    }
}
