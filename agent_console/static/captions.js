// The captions: what is said lights up word by word as it sounds, keys are dots, events and the end stand between.
const clock = (seconds) => `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  made.setAttribute("class", "i");
  made.setAttribute("aria-hidden", "true");
  made.append(use);
  return made;
}

export class Captions {
  #talk;
  #events;
  #live = null;
  #keys = null;

  constructor(talk, events) {
    this.#talk = talk;
    this.#events = events;
  }

  clear() {
    this.#talk.replaceChildren();
    this.#events.replaceChildren();
    this.#live = this.#keys = null;
  }

  said(at, clips) {
    this.#settle();
    const line = element("div", "say live");
    const words = element("p");
    words.append(...clips.map((clip) => element("span", "coming", clip.words)));
    line.append(element("time", "", clock(at)), words);
    this.#live = line;
    this.#add(line);
  }

  sounds(index) {
    const spans = this.#live?.querySelectorAll("span") ?? [];
    spans.forEach((span, at) => { span.className = at < index ? "" : at === index ? "sounding" : "coming"; });
  }

  cut() {
    if (!this.#live) return;
    this.#live.classList.add("cut");
    this.#live.classList.remove("live");
    this.#live = null;
  }

  // Which key it was is nobody's business: it may belong to a PIN.
  pressed() {
    if (!this.#keys?.isConnected || this.#keys !== this.#talk.lastElementChild) {
      this.#keys = element("div", "pressed");
      this.#keys.append(element("span", "", "按键"), element("b"));
      this.#add(this.#keys);
    }
    this.#keys.lastElementChild.textContent += "•";
  }

  filled(words) {
    this.#add(element("div", "pressed", words));
  }

  waiting() { this.#settle(); }

  noted(at, name, words, fields) {
    const line = element("li");
    const what = element("span", "what");
    const shown = Object.entries(fields).filter(([field]) => field !== "menu").map(([field, value]) => `${field}=${value}`).join(" ");
    what.append(element("b", "", name), element("code", "", shown));
    what.title = words || name;
    line.append(element("time", "", clock(at)), what);
    this.#events.append(line);
    this.#events.scrollTop = this.#events.scrollHeight;
    if (name === "LoggedIn" || name === "LoginRefused") {
      const turn = element("div", "turn");
      turn.append(element("b", name === "LoggedIn" ? "" : "bad", words));
      this.#add(turn);
    }
  }

  texted(number, text) {
    const line = element("div", "sms");
    const head = element("b");
    head.append(icon("i-sms"), `短信 ${number}`);
    line.append(head, text);
    this.#add(line);
  }

  ended(words, hint) {
    this.#settle();
    const last = element("div", "final", words);
    if (hint) last.append(element("small", "", hint));
    this.#add(last);
  }

  #settle() {
    if (!this.#live) return;
    this.#live.classList.remove("live");
    for (const span of this.#live.querySelectorAll("span")) span.className = "";
    this.#live = null;
  }

  #add(line) {
    this.#talk.append(line);
    this.#talk.scrollTop = this.#talk.scrollHeight;
  }
}

export { clock };
