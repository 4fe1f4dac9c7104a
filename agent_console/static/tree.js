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
    this.fold();
  }

  // The caller stands at a node; the names on the way there, with their keys. Into a node that no key leads to (logging in, what
  // follows a result) he came from where he stood before, and goes back there: that place stays on the way.
  stand(node) {
    const item = this.#find(node);
    if (!item) return [];
    const root = item.parentElement.parentElement === this.#root;
    const aside = this.#logins.has(node) || (root && !item.querySelector("li"));
    const from = this.#way.filter((one) => !one.classList.contains("aside"));
    this.#dim();
    this.#way = aside ? [...from, item] : [...this.#above(item), item];
    item.classList.toggle("aside", aside);
    for (const one of this.#way) one.classList.add("been", one === item ? "here" : "way-to");
    item.querySelector(".row").setAttribute("aria-current", "location");
    if (this.#all) this.#show();
    else this.fold();
    return this.#way.map((one) => ({ name: one.dataset.name, key: one.querySelector(":scope > .row > kbd")?.textContent ?? "" }));
  }

  #dim() {
    for (const one of this.#way) one.classList.remove("here", "way-to");
    this.#way.at(-1)?.querySelector(".row").removeAttribute("aria-current");
  }

  #show() {
    const here = this.#way.at(-1);
    if (!here) return;
    for (const one of here.classList.contains("aside") ? [here] : this.#way) this.#open(one, true);
    const row = here.querySelector(".row").getBoundingClientRect();
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
