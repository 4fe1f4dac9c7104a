// The rehearsal page: one WebSocket is one call. What the house tells is shown; what is pressed is sent and forgotten.
import { Captions, clock, element } from "./captions.js";
import { Tree } from "./tree.js";
import { Voice } from "./voice.js";

const $ = (id) => document.getElementById(id);
const app = document.querySelector(".app");
const voice = new Voice();
const tree = new Tree($("tree"));
const captions = new Captions($("talk"), $("events"));
const STATES = { idle: "未拨号", dialling: "正在接通", speaking: "正在播放", waiting: "等待按键", over: "已结束" };
const HINTS = { agent: "真实来电从这里进入排队，由坐席接听；预演到此结束。" };
const FILLS = { id: "代输账号 #", citizen: "代输证件号 #", pin: "代输密码" };
let line = null;
let walk = "";
let began = 0;
let ticking = 0;

function show(state) {
  app.dataset.state = state;
  const live = state !== "idle" && state !== "over";
  $("state").textContent = STATES[state];
  $("screen-state").textContent = state === "idle" ? "听筒挂着" : state === "waiting" ? "请按键" : STATES[state];
  $("now").hidden = !live;
  $("now-words").textContent = state === "waiting" ? "等待来电人按键" : STATES[state];
  for (const button of [...$("pad").children, $("fill-id"), $("fill-citizen"), $("fill-pin"), $("hang")]) button.disabled = !live;
  for (const field of $("choices").elements) field.disabled = live;
  $("call").disabled = live;
}

function send(frame) {
  if (line?.readyState === WebSocket.OPEN) line.send(JSON.stringify(frame));
}

function dial() {
  if (line) return;
  voice.unlock();
  captions.clear();
  tree.clear();
  $("crumbs").replaceChildren();
  $("screen-node").textContent = "";
  $("dots").textContent = "";
  walk = "";
  offer();
  $("main").focus({ preventScroll: true }); // a button that is about to be disabled would keep the keys for itself
  show("dialling");
  const scene = $("choices").elements.scene.value;
  const choice = { kind: "begin", scene, person: Number($("person").value), slow: $("slow").checked };
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/rehearsal/line`);
  line = socket;
  socket.addEventListener("open", () => send(choice));
  socket.addEventListener("message", (message) => hear(JSON.parse(message.data)));
  socket.addEventListener("close", () => hungUp("与服务器的连接已断开", "页面仍保留已听到的内容。"));
}

function hungUp(words, hint) {
  if (!line) return;
  line.close();
  line = null;
  clearInterval(ticking);
  voice.stop();
  const hung = document.activeElement === $("hang");
  show("over");
  if (hung) $("call").focus();
  captions.ended(words, hint);
}

function hear(told) {
  switch (told.kind) {
    case "begun":
      walk = told.walk;
      began = performance.now();
      ticking = setInterval(() => { $("timer").textContent = clock((performance.now() - began) / 1000); }, 250);
      $("timer").textContent = "00:00";
      if (told.menu !== app.dataset.menu) location.reload();
      break;
    case "said":
      show("speaking");
      $("dots").textContent = "";
      voice.say(told.clips);
      captions.said(told.at, told.clips);
      break;
    case "sound": captions.sounds(told.clip); break;
    case "cut": voice.stop(); captions.cut(); break;
    case "waiting": show("waiting"); captions.waiting(); break;
    case "stands": crumbs(tree.stand(told.node)); break;
    case "noted": captions.noted(told.at, told.name, told.words, told.fields); break;
    case "texted": captions.texted(told.number, told.text); break;
    case "ended": offer(); hungUp(told.words, HINTS[told.how]); break;
    case "refused": hungUp(told.why); break;
  }
  offer();
}

function crumbs(way) {
  if (!way.length) return;
  $("screen-node").textContent = way.at(-1).name;
  $("crumbs").replaceChildren(...way.map(({ name, key }) => {
    const crumb = element("li");
    if (key) crumb.append(element("kbd", "", key));
    crumb.append(name);
    return crumb;
  }));
}

function press(key) {
  if (!line) return;
  send({ kind: "key", key });
  $("dots").textContent += "•";
  captions.pressed();
}

function fill(what) {
  if (!line) return;
  send({ kind: "fill", what });
  captions.filled(FILLS[what]);
}

function offer() {
  const link = $("download");
  if (walk) link.href = `/rehearsal/transcripts/${walk}.txt`;
  else link.removeAttribute("href");
  link.setAttribute("aria-disabled", String(!walk));
}

function mute() {
  voice.mute(!voice.muted);
  $("mute").setAttribute("aria-pressed", String(voice.muted));
  $("mute-icon").setAttribute("href", voice.muted ? "#i-mute" : "#i-sound");
  $("mute-word").textContent = voice.muted ? "声音关" : "声音开";
}

function chosen() {
  const scene = $("choices").querySelector("input[name=scene]:checked");
  $("when").textContent = scene.dataset.when;
  $("staffed").textContent = scene.dataset.staffed ? "有人工" : "无人工";
  $("staffed").className = scene.dataset.staffed ? "tag ok" : "tag warn";
  const person = $("person").selectedOptions[0];
  $("screen-node").textContent = person.textContent.split(" · ")[0];
  $("who").textContent = `账号 ${person.dataset.account}`;
}

const SHORT = { m: mute, d: () => walk && $("download").click(), a: () => fill("id"), i: () => fill("citizen"), p: () => fill("pin") };

addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return;
  const at = event.target;
  if (at instanceof HTMLSelectElement && !line) return;
  if (/^[0-9*#]$/.test(event.key)) { press(event.key); event.preventDefault(); }
  else if (event.key === "Escape" && line) send({ kind: "leave" });
  else if (event.key === "Enter" && !line && !at.closest("button, a, select")) { dial(); event.preventDefault(); }
  else if (!event.repeat && SHORT[event.key.toLowerCase()]) SHORT[event.key.toLowerCase()]();
});
$("pad").addEventListener("click", (event) => {
  const key = event.target.closest("button")?.dataset.key;
  if (key) press(key);
});
$("call").addEventListener("click", dial);
$("hang").addEventListener("click", () => send({ kind: "leave" }));
$("mute").addEventListener("click", mute);
for (const what of Object.keys(FILLS)) $(`fill-${what}`).addEventListener("click", () => fill(what));
$("choices").addEventListener("input", chosen);
$("choices").addEventListener("submit", (event) => event.preventDefault());
$("unfold").addEventListener("click", () => {
  const all = $("unfold").getAttribute("aria-pressed") !== "true";
  $("unfold").setAttribute("aria-pressed", String(all));
  if (all) tree.unfold(); else tree.fold();
});
addEventListener("pagehide", () => line?.close());
chosen();
show("idle");
