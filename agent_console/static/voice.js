// The prompts' voice: the sounds of one saying are laid end to end on the audio clock; what comes late from the house begins where it would be by now.
export class Voice {
  #context = null;
  #gain = null;
  #kept = new Map();
  #playing = [];
  #turn = 0;
  muted = false;

  // Browsers let a page sound only after a click or key: call it from one.
  unlock() {
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#gain = this.#context.createGain();
      this.#gain.connect(this.#context.destination);
      this.mute(this.muted);
    }
    this.#context.resume();
  }

  mute(on) {
    this.muted = on;
    if (this.#gain) this.#gain.gain.value = on ? 0 : 1;
  }

  say(clips) {
    this.stop();
    if (!this.#context) return;
    const turn = this.#turn;
    let at = this.#context.currentTime + 0.03;
    for (const clip of clips) {
      if (clip.sound) this.#lay(clip.sound, at, turn);
      at += clip.seconds;
    }
  }

  stop() {
    this.#turn += 1;
    for (const source of this.#playing) source.stop();
    this.#playing = [];
  }

  async #lay(name, at, turn) {
    let buffer;
    try { buffer = await this.#load(name); } catch { return; }
    const late = Math.max(0, this.#context.currentTime - at);
    if (turn !== this.#turn || late >= buffer.duration) return;
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#gain);
    source.start(Math.max(at, this.#context.currentTime), late);
    this.#playing.push(source);
  }

  #load(name) {
    if (!this.#kept.has(name)) {
      const loading = fetch(`/rehearsal/sounds/${encodeURIComponent(name)}.wav`)
        .then((answer) => { if (!answer.ok) throw new Error("no sound"); return answer.arrayBuffer(); })
        .then((bytes) => this.#context.decodeAudioData(bytes));
      loading.catch(() => this.#kept.delete(name));
      this.#kept.set(name, loading);
    }
    return this.#kept.get(name);
  }
}
