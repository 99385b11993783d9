"""What the accessibility tests ask of a page, in the browser's own language."""

MOST_STOPS = 250

LARGE = "html { font-size: 200% }"
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important;"
    " word-spacing: .16em !important } p { margin-bottom: 2em !important }"
)
# made by script, so that the security policy, which refuses inline styles, stays as it is
ADD_STYLE = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}"""

PAST_THE_EDGE = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width > 0 && box.right > innerWidth + 1 && !e.closest('.scroll, .visually-hidden');
}).map(e => e.outerHTML.slice(0, 80))"""

CLIPPED = """() => [...document.querySelectorAll('main *')].filter(e =>
  ['hidden', 'clip'].includes(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 1
  && !e.closest('.visually-hidden, svg')).map(e => e.outerHTML.slice(0, 80))"""

# where the focus is: its place in the document, whether it shows, and whether nothing lies over it
STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const seen = top && (e === top || e.contains(top) || top.contains(e)
    || (e.closest('label') && e.closest('label') === top.closest('label')));
  const order = [...document.querySelectorAll('*')].indexOf(e);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {name: e.outerHTML.slice(0, 80), order, ring, seen: Boolean(seen)};
}"""

# targets under 24 × 24 px; links within a sentence may be as high as its line
SMALL = """() => [...document.querySelectorAll('a, button, summary, select, input')].filter(e => {
  const box = e.getBoundingClientRect();
  if (!box.width || e.type === 'hidden' || e.closest('.visually-hidden, .skip-link')) return false;
  if (e.matches('p a, li a, dd a, td a') && getComputedStyle(e).display === 'inline') return false;
  return box.width < 24 || box.height < 24;
}).map(e => e.outerHTML.slice(0, 80))"""

WATCH_STATUS = """() => {
  window.said = [];
  const note = () => said.push(document.querySelector('#status').textContent.trim());
  new MutationObserver(note).observe(document.querySelector('#status').parentNode,
    {childList: true, subtree: true, characterData: true});
}"""
