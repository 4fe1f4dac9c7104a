// How readable the page's texts are: WCAG 2 contrast of every text that is seen against what lies behind it. 4.5 is enough, 3 for big ones.
(() => {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], ground) => [r, g, b].map((one, at) => one * a + ground[at] * (1 - a));
  const light = (colour) => colour.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      layers.push(numbers(style.backgroundColor));
      if ((layers.at(-1)[3] ?? 1) === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const weak = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest("svg, noscript, legend, .skip")) continue;
    const behind = ground(element);
    if (!behind) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const big = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [high, low] = [light(over(numbers(style.color), behind)), light(behind)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    texts += 1;
    if (ratio < (big ? 3 : 4.5)) weak.push(`${node.data.trim().slice(0, 20)} ${ratio.toFixed(2)} in ${element.className || element.tagName}`);
  }
  return { texts, weak };
})()
