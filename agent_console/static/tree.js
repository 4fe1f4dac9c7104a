// The picture of the menu: where the caller stands is lit, the way there marked, what he has seen remembered.
export class Tree {
  #root;
  #here = null;
  #all = false;

  constructor(root) {
    this.#root = root;
    root.addEventListener("click", (event) => {
      const twist = event.target.closest("button.twist");
      if (twist) this.#open(twist.closest("li"), twist.getAttribute("aria-expanded") !== "true");
    });
    this.fold();
  }

  // Only the main menu's first level, and the way to where the caller stands.
  fold() {
    this.#all = false;
    for (const item of this.#items()) this.#open(item, false);
    const main = this.#find(this.#root.dataset.main);
    if (main) this.#open(main, true);
    if (this.#here) this.#show(this.#here);
  }

  unfold() {
    this.#all = true;
    for (const item of this.#items()) this.#open(item, true);
    if (this.#here) this.#show(this.#here);
  }

  clear() {
    for (const item of this.#items()) item.classList.remove("here", "way-to", "been");
    this.#here?.querySelector(".row").removeAttribute("aria-current");
    this.#here = null;
    this.fold();
  }

  // The caller stands at a node; the names on the way there, with their keys.
  stand(node) {
    const item = this.#find(node);
    if (!item) return [];
    for (const other of this.#root.querySelectorAll(".here, .way-to")) other.classList.remove("here", "way-to");
    this.#here?.querySelector(".row").removeAttribute("aria-current");
    this.#here = item;
    item.classList.add("here", "been");
    item.querySelector(".row").setAttribute("aria-current", "location");
    for (const above of this.#above(item)) above.classList.add("way-to", "been");
    if (!this.#all) this.fold();
    else this.#show(item);
    return [...this.#above(item).reverse(), item].map((one) => ({ name: one.dataset.name, key: one.querySelector(":scope > .row > kbd")?.textContent ?? "" }));
  }

  #show(item) {
    for (const one of [item, ...this.#above(item)]) this.#open(one, true);
    const row = item.querySelector(".row").getBoundingClientRect();
    const box = this.#root.getBoundingClientRect();
    this.#root.scrollTop += row.top - box.top - box.height * 0.32;
  }

  #above(item) {
    const found = [];
    for (let one = item.parentElement.closest("li"); one; one = one.parentElement.closest("li")) found.push(one);
    return found;
  }

  #open(item, open) {
    item.classList.toggle("open", open);
    item.querySelector(":scope > .row > button.twist")?.setAttribute("aria-expanded", String(open));
  }

  #find(node) { return this.#root.querySelector(`li[data-node="${CSS.escape(node)}"]`); }
  #items() { return this.#root.querySelectorAll("li"); }
}
