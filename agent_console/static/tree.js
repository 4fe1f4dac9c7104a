// The picture of the menu: where the caller stands is lit, the way there marked, what he has seen remembered.
export class Tree {
  #root;
  #logins;
  #way = [];
  #all = false;

  constructor(root) {
    this.#root = root;
    this.#logins = new Set(root.dataset.logins.split(" "));
    root.addEventListener("click", (event) => {
      const twist = event.target.closest("button.twist");
      if (twist) this.#open(twist.closest("li"), twist.getAttribute("aria-expanded") !== "true");
    });
    this.fold();
  }

  // Only the main menu's first level, and the way to where the caller stands.
  fold() {
    this.#all = false;
    for (const item of this.#root.querySelectorAll("li")) this.#open(item, false);
    this.#open(this.#find(this.#root.dataset.main), true);
    this.#show();
  }

  unfold() {
    this.#all = true;
    for (const item of this.#root.querySelectorAll("li")) this.#open(item, true);
    this.#show();
  }

  clear() {
    this.#dim();
    for (const item of this.#root.querySelectorAll(".been")) item.classList.remove("been");
    this.#way = [];
    if (this.#all) this.unfold();
    else this.fold();
  }

  // The caller stands at a node; the way there, names with keys: the one he really came, also where the picture only points.
  stand(node) {
    const item = this.#find(node);
    if (!item) return [];
    this.#dim();
    this.#way = this.#wayTo(node, item);
    for (const { item: one } of this.#way) one.classList.add("been", one === item ? "here" : "way-to");
    item.querySelector(".row").setAttribute("aria-current", "location");
    if (this.#all) this.#show();
    else this.fold();
    return this.#way;
  }

  #wayTo(node, item) {
    const before = this.#way.findIndex((step) => step.item === item);
    if (before >= 0) return this.#way.slice(0, before + 1);
    const name = item.dataset.name;
    for (let at = this.#way.length - 1; at >= 0; at -= 1) {
      const id = CSS.escape(node);
      const row = this.#way[at].item.querySelector(`:scope > ol > [data-node="${id}"] > .row, :scope > ol > [data-to="${id}"] > .row`);
      if (row) return [...this.#way.slice(0, at + 1), { item, name, key: row.querySelector(":scope > kbd")?.textContent ?? "" }];
    }
    // Into a node that no key leads to (logging in, what follows a result) he comes from where he stood, and goes back there.
    const root = item.parentElement.parentElement === this.#root;
    if (this.#logins.has(node) || (root && !item.querySelector("li"))) {
      return [...this.#way.filter((step) => !step.aside), { item, name, key: "", aside: true }];
    }
    return [...this.#above(item), item].map((one) => ({ item: one, name: one.dataset.name, key: one.querySelector(":scope > .row > kbd")?.textContent ?? "" }));
  }

  #dim() {
    for (const { item } of this.#way) item.classList.remove("here", "way-to");
    this.#way.at(-1)?.item.querySelector(".row").removeAttribute("aria-current");
  }

  #show() {
    const here = this.#way.at(-1);
    if (!here) return;
    for (const { item } of here.aside ? [here] : this.#way) for (const one of [...this.#above(item), item]) this.#open(one, true);
    const row = here.item.querySelector(".row").getBoundingClientRect();
    const box = this.#root.getBoundingClientRect();
    this.#root.scrollTop += row.top - box.top - box.height * 0.32;
  }

  // From the root down.
  #above(item) {
    const found = [];
    for (let one = item.parentElement.closest("li"); one; one = one.parentElement.closest("li")) found.unshift(one);
    return found;
  }

  #open(item, open) {
    item.classList.toggle("open", open);
    item.querySelector(":scope > .row > button.twist")?.setAttribute("aria-expanded", String(open));
  }

  #find(node) { return this.#root.querySelector(`li[data-node="${CSS.escape(node)}"]`); }
}
