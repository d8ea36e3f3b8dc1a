"""A payer whose browser has no JavaScript: it follows redirects and links, and posts forms."""
import html.parser
import urllib.parse

import httpx

# The simulator's one-time password.
OTP = "123456"
# How many pages a payment may lead over.
PAGES_MAX = 30
# How long a page may take on a machine that is busy, in seconds.
WAIT = 120


class Page(html.parser.HTMLParser):
    """The forms, links and refreshes of a page."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.refresh, self.form = [], [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag == "form":
            self.form = {"action": has["action"], "fields": {}, "buttons": []}
            self.forms.append(self.form)
        elif tag == "input" and self.form is not None and has.get("name"):
            self.form["fields"][has["name"]] = has.get("value") or ""
        elif tag == "button" and self.form is not None and has.get("name"):
            self.form["buttons"].append((has["name"], has["value"]))
        elif tag == "a" and has.get("href"):
            self.links.append(has["href"])
        elif tag == "meta" and has.get("http-equiv") == "refresh" and "url=" in has["content"]:
            self.refresh = has["content"].split("url=", 1)[1]

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None

    def form_with(self, field):
        return next((form for form in self.forms if field in form["fields"]), None)

    def form_to_decide(self):
        return next((form for form in self.forms if ("decision", "approve") in form["buttons"]), None)

    def link_with(self, part):
        return next((link for link in self.links if part in link), None)


class Payer:
    def __init__(self):
        self.http = httpx.Client(
            trust_env=False, follow_redirects=True, timeout=WAIT,
            headers={"User-Agent": "Mozilla/5.0", "Accept": "text/html"})
        self.upi_link = None

    def pay(self, url, methods=None):
        """Says yes to everything from `url` on, until the merchant has the payer back. `methods`
        is what a page that offers several methods is given."""
        page = self.open(url)
        for _ in range(PAGES_MAX):
            if page is None:
                return
            page = self.step(page, methods)
        raise RuntimeError(f"{url} leads nowhere")

    def step(self, page, methods):
        """The next page; none where the payer is back at the merchant."""
        self.upi_link = page.link_with("upi://") or self.upi_link
        if form := page.form_with("signature"):
            self.http.post(form["action"], data=form["fields"]).raise_for_status()
            return None
        if form := page.form_with("otp"):
            return self.submit(form, otp=OTP)
        if form := page.form_to_decide():
            return self.submit(form, decision="approve")
        if form := page.form_with("method"):
            return self.submit(form, **methods)
        if form := page.form_with("link"):
            return self.submit(form, link=self.upi_link)
        # On to the bank or the app where there is one; else back from it to the payment.
        onward = page.refresh or page.link_with("/simulator/") or page.link_with("/web/auth/") \
            or page.link_with("/PLUTUS/")
        if onward is None:
            raise RuntimeError(f"nothing to do on {self.at}: {page.links} {page.forms}")
        return self.open(onward)

    def open(self, url):
        return self.read(self.http.get(self.absolute(url)))

    def submit(self, form, **fields):
        return self.read(self.http.post(self.absolute(form["action"]), data=form["fields"] | fields))

    def absolute(self, url):
        return urllib.parse.urljoin(getattr(self, "at", ""), url)

    def read(self, answer):
        answer.raise_for_status()
        self.at = str(answer.url)
        return Page(answer.text)
