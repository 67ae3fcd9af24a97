// The page: it shows frames that the server sent and reports what a person does. No search here.
const $ = (id) => document.getElementById(id);
const make = (tag, text = "", name = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = name;
  return element;
};
let page = null; // what the server says of the session
let frames = []; // of the current line, by index; undefined until they arrive
let ranks = []; // [score, share of prior draws below], null where undefined
let stream = null; // aborts the frames of the line before
let shown = -1;
let painted = false;
const index = () => Number($("handle").value);
const place = () => `lso position ${page.number}`;

async function request(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    notice("The explorer does not answer. Start it again: nothing that was kept is lost.");
    return null;
  }
}

function notice(...texts) {
  $("notices").replaceChildren(...texts.map((text) => make("p", text)));
}

async function act(action, given = {}) {
  if (document.body.dataset.busy) return;
  document.body.dataset.busy = "1";
  const body = JSON.stringify({ action, revision: page.revision, ...given });
  const answer = await request("/actions", {
    method: "POST", body, headers: { "Content-Type": "application/json" },
  });
  delete document.body.dataset.busy;
  if (answer === null) return;
  const said = await answer.json();
  if (answer.ok) return show(said);
  if (answer.status === 409) await load();
  notice(said.error, ...page.notices);
}

async function load() {
  const answer = await request("/session");
  if (answer?.ok) show(await answer.json());
}

function show(next) {
  const isNewLine = page === null || next.number !== page.number;
  const isNewTarget = page !== null && JSON.stringify(next.target) !== JSON.stringify(page.target);
  page = next;
  notice(...page.notices);
  $("progress").textContent = `Line ${page.number + 1}, ${page.choices} choices`;
  document.querySelector("[data-do=undo]").disabled = !page.can_undo;
  $("slider").classList.toggle("point", page.count === 1);
  $("backdrop").innerHTML = page.backdrop; // drawn by our server
  showStrategies();
  showTarget();
  showKept();
  if (isNewLine || isNewTarget) fetchFrames(isNewLine);
}

async function fetchFrames(isNewLine) {
  stream?.abort();
  stream = new AbortController();
  const { signal } = stream;
  const number = page.number;
  if (isNewLine) {
    frames = []; ranks = []; shown = -1;
    $("handle").max = page.count - 1;
    $("handle").value = sessionStorage.getItem(place()) ?? page.handle;
  }
  const answer = await request(`/lines/${number}/frames`, { signal });
  if (!answer?.ok) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const { frames: more, scores } = JSON.parse(line);
        Object.assign(frames, more);
        Object.assign(ranks, scores);
      }
      shown = -1;
      draw();
      paintRail();
    }
  } catch (error) {
    if (!signal.aborted) notice("The frames stopped coming; reload the page.");
  }
}

function nearest(i) {
  for (let step = 0; step < page.count; step++) {
    if (frames[i - step]) return i - step;
    if (frames[i + step]) return i + step;
  }
  return -1;
}

function draw() {
  painted = false;
  const i = nearest(index());
  if (i >= 0 && i !== shown) {
    shown = i;
    const frame = frames[i];
    $("drawing").innerHTML = frame.drawing ?? ""; // drawn by our server
    $("trouble").textContent = frame.trouble;
    const facts = [...(frame.facts ?? []), ["latent", latent(frame.z)]];
    if (frame.outside) facts.push(["", "outside the box of the prior"]);
    $("facts").replaceChildren(...facts.flatMap(([k, v]) => [make("dt", k), make("dd", v)]));
    $("distance").textContent = frame.distance == null ? "" : `distance ${frame.distance.toPrecision(3)}`;
  }
  const rank = ranks[index()];
  $("rank").textContent = rank
    ? `LES ${rank[0].toFixed(1)}, above ${Math.round(100 * rank[1])} % of prior draws`
    : ranks.length && rank === null ? "LES undefined here" : "LES …";
  $("handle").setAttribute("aria-valuetext", `${index() + 1} of ${page.count}. ${$("rank").textContent}`);
}

function latent(z) {
  const norm = Math.hypot(...z).toFixed(2);
  return z.length <= 3 ? `(${z.map((v) => v.toFixed(2)).join(", ")})` : `‖z‖ = ${norm}, d = ${z.length}`;
}

// teal where the decoder is at home, orange where it is not
const colour = ([, share]) => `color-mix(in oklab, #2a9d8f ${100 * share}%, #e76f51)`;

function paintRail() {
  const rail = $("rail");
  const width = (rail.width = rail.clientWidth * devicePixelRatio);
  const pen = rail.getContext("2d");
  const step = width / Math.max(page.count - 1, 1);
  for (let i = 0; i < page.count; i++) {
    if (!ranks[i]) continue;
    pen.fillStyle = colour(ranks[i]);
    pen.fillRect((i - 0.5) * step, 0, step + 1, rail.height);
    if (frames[i]?.outside) {
      pen.fillStyle = "#fffc";
      pen.fillRect((i - 0.5) * step, 0, step + 1, rail.height / 3);
    }
  }
}

function thumb(drawing) {
  const box = make("div", "", "thumb");
  box.innerHTML = drawing; // drawn by our server
  return box;
}

function barcode(z) {
  const code = make("div", "", "code");
  code.title = "the latent vector, one stripe per dimension";
  code.append(...z.slice(0, 128).map((v) => {
    const stripe = make("i");
    const share = Math.min(Math.abs(v) / 2.5, 1) * 100;
    stripe.style.background = `color-mix(in oklab, ${v < 0 ? "#2f5fd0" : "#d1495b"} ${share}%, #eceef2)`;
    return stripe;
  }));
  return code;
}

function showStrategies() {
  $("strategies").replaceChildren(...Object.entries(page.strategies).map(([name, { label, text }], i) => {
    const button = make("button", label);
    button.append(make("small", text));
    button.title = `${i + 1}`;
    button.setAttribute("role", "radio");
    button.setAttribute("aria-checked", name === page.strategy);
    button.onclick = () => name !== page.strategy && act("switch", { strategy: name, index: index() });
    return button;
  }));
}

function showTarget() {
  const { target } = page;
  $("typed").hidden = !page.typed;
  $("typed").elements.text.placeholder = page.typed;
  if (target === null) return $("target").replaceChildren("None: search by taste.");
  const text = target.facts.map(([name, value]) => `${name} ${value}`)[0];
  const picture = thumb(target.drawing);
  $("target").replaceChildren(picture, make("span", text));
}

function showKept() {
  $("count").textContent = page.kept.length || "";
  $("kept").replaceChildren(...page.kept.map((kept, i) => {
    const item = make("li");
    const button = make("button");
    button.title = "Go on from here";
    button.setAttribute("aria-label", `Go on from kept object ${i + 1}`);
    button.append(thumb(kept.drawing));
    button.onclick = () => act("return", { kept: i });
    item.append(button, barcode(kept.z), `${latent(kept.z)}; line ${kept.line + 1}, ${Math.round(100 * kept.position)} %`);
    return item;
  }).reverse());
}

const actions = {
  next: () => act("next", { index: index() }),
  keep: () => act("keep", { number: page.number, index: index() }),
  undo: () => act("undo"),
  restart: () => act("restart"),
};
const keys = { Enter: "next", " ": "next", u: "undo", r: "restart", k: "keep" };

document.querySelectorAll("[data-do]").forEach((b) => (b.onclick = actions[b.dataset.do]));
document.querySelectorAll("[data-target]").forEach((b) => (b.onclick = () => act("target", { how: b.dataset.target })));
$("typed").onsubmit = (event) => {
  event.preventDefault();
  act("target", { how: "typed", text: event.target.elements.text.value.replaceAll(" ", "") });
};
$("handle").oninput = () => {
  sessionStorage.setItem(place(), index());
  if (!painted) requestAnimationFrame(draw);
  painted = true;
};
addEventListener("keydown", (event) => {
  const at = event.target;
  if (at.name === "text" || event.ctrlKey || event.metaKey || event.altKey || page === null) return;
  if (at.tagName === "BUTTON" && ["Enter", " "].includes(event.key)) return; // it is pressed
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const strategy = $("strategies").children[Number(key) - 1];
  if (keys[key]) actions[keys[key]]();
  else if (strategy && key >= "1") strategy.click();
  else if (["ArrowLeft", "ArrowRight"].includes(key) && at !== $("handle")) {
    $("handle").value = index() + (key === "ArrowRight" ? 1 : -1) * (event.shiftKey ? 10 : 1);
    $("handle").oninput();
  } else return;
  event.preventDefault();
});
addEventListener("resize", () => page && paintRail());
addEventListener("focus", async () => {
  const answer = await request("/session"); // another window may have acted
  const said = answer?.ok ? await answer.json() : null;
  if (said && page && said.revision !== page.revision) show(said);
});
load();
