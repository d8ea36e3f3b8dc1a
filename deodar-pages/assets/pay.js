const D = document, $ = (s) => D.querySelector(s), all = (s) => D.querySelectorAll(s);
const on = (e, t, f) => e.addEventListener(t, f);
const digits = (t) => t.replace(/\D/g, "");
const start = Date.now();

for (const e of all("[data-seconds]")) {
	const tick = () => {
		const s = Math.max(0, e.dataset.seconds - ((Date.now() - start) / 1e3 | 0));
		if (s < 86400) e.textContent = e.dataset.text.replace("{}", new Date(s * 1e3).toISOString().slice(s < 3600 ? 14 : 11, -5));
		if (s) setTimeout(tick, 1e3);
		else if ("end" in e.dataset) location.reload();
	};
	tick();
}

const form = $("[data-pay]");
if (form) {
	const f = form.elements, pay = $("[data-label]"), brand = $("[data-brand]");
	const amex = (n) => /^3[47]/.test(n);
	const mark = (e, wrong) => {
		$(`#${e.id}-error`).hidden = !wrong;
		e.setAttribute("aria-invalid", !!wrong);
		e.setAttribute("aria-describedby", e.id + (wrong ? "-error" : "-hint"));
		return wrong;
	};
	const reshape = (e, shape) => on(e, "input", (ev) => {
		const end = !e.value[e.selectionStart];
		let n = digits(e.value.slice(0, e.selectionStart)).length, at = 0;
		const v = e.value = shape(digits(e.value), /^insert/.test(ev.inputType));
		while (v[at] && (n || end)) if (/\d/.test(v[at++])) n--;
		e.setSelectionRange(at, at);
	});
	const paise = () => Math.round(f.amount.value.replace(/[₹,\s]/g, "") * 100);
	const checks = {
		amount: () => paise() > 99,
		card_number: (v) => (v = digits(v))[11] &&
			[...v].reverse().reduce((t, c, i) => t + (i % 2 && c < 9 ? c * 2 % 9 : +c), 0) % 10 < 1,
		expiry: (v) => {
			const [, m, y] = digits(v).match(/^(0[1-9]|1[0-2])(?:20)?(\d\d)$/) || [];
			return m && new Date(2000 + +y, m, 2) > new Date();
		},
		cvv: (v) => /^\d+$/.test(v) && v.length === (amex(f.card_number.value) ? 4 : 3),
		upi_id: (v) => /^[\w.-]+@[a-z\d]+$/i.test(v.trim()),
		mobile: (v) => (v = digits(v)) ? v[9] : !f.mobile.required,
		bank: Boolean, wallet: Boolean, provider: Boolean,
	};
	if (brand) {
		reshape(f.card_number, (n) => {
			const p = n.slice(0, 6).padEnd(6, 0);
			brand.textContent = n[1] && brand.dataset.brand.split(",").map((s) => s.split(":")).find(([, a, b]) => a <= p && p <= b)?.[0] || "";
			return (amex(n) ? [4, 10, 15] : [4, 8, 12, 16, 19]).map((c, i, all) => n.slice(all[i - 1] || 0, c)).filter(Boolean).join(" ");
		});
		reshape(f.expiry, (n, typed) => {
			if (n[0] > 1) n = 0 + n;
			return n[2] || typed && n[1] ? n.slice(0, 2) + "/" + n.slice(2, 6) : n;
		});
	}
	on(form, "input", ({ target: e }) => {
		if (checks[e.name]) mark(e);
		form.classList.add("new-" + e.name);
		e.labels[0].scrollIntoView({ block: "nearest" });
		if (e === f.amount && paise() > 0) {
			pay.textContent = pay.dataset.label.replace("{}", (paise() / 100).toLocaleString("en-IN", { minimumFractionDigits: 2 }));
		}
	});
	on(form, "submit", (ev) => {
		const flow = ev.submitter?.value;
		const [wrong] = [...f].filter((e) => checks[e.name] && e.offsetParent &&
			(!flow || e === f.amount) && mark(e, !checks[e.name](e.value)));
		if (wrong) return wrong.focus(), ev.preventDefault();
		for (const e of all(".panel [name]")) e.disabled = !e.offsetParent;
	});
}

let sent;
on(D, "submit", (e) => {
	if (sent) e.preventDefault();
	if (e.defaultPrevented) return;
	sent = 1;
	const by = e.submitter;
	(by?.value === "" && $("[data-label]") || by)?.setAttribute("aria-busy", true);
});

const wait = $("[data-poll]");
if (wait) {
	$("[data-live]").hidden = false;
	const ask = async () => {
		try {
			const { next, stage } = await (await fetch(wait.dataset.poll)).json();
			if (next) return location.replace(next);
			if (stage !== wait.dataset.stage) return location.reload();
		} catch {}
		setTimeout(ask, 2e3);
	};
	setTimeout(ask, 2e3);
}

const back = $("[data-auto]");
if (back && !history.state) {
	const leave = () => history.replaceState(1, "");
	const timer = setTimeout(() => (leave(), back.submit()), 2e3);
	on(D, "focusin", () => clearTimeout(timer));
	on(back, "submit", () => (clearTimeout(timer), leave()));
	$("[data-note]").hidden = false;
}

onpageshow = (e) => e.persisted && location.reload();
