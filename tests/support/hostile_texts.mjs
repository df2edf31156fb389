// Texts that run code, or call home, where somebody puts them into a page as markup. Each calls hit().

const call = 'hit()';
const elsewhere = 'https://evil.example';

export const hostile_texts = [
  `<script>${call}</script>`, `<SCRIPT SRC=${elsewhere}/x.js></SCRIPT>`, `"><script>${call}</script>`, `'><script>${call}</script>`, `</script><script>${call}</script>`,
  `</title><script>${call}</script>`, `</textarea><script>${call}</script>`, `--><script>${call}</script>`, `]]><script>${call}</script>`, `<scr<script>ipt>${call}</scr</script>ipt>`,
  `<img src=x onerror=${call}>`, `<img src="${elsewhere}/pixel.png">`, `<img/src=x/onerror=${call}//`, `<IMG """><SCRIPT>${call}</SCRIPT>">`, `<img src=\`x\`onerror=${call}>`,
  `<svg onload=${call}>`, `<svg><script>${call}</script></svg>`, `<svg><animate onbegin=${call} attributeName=x dur=1s>`, `<svg><use href="data:image/svg+xml,<svg id=x onload=${call}>#x">`,
  `<math><mtext></p><img src=x onerror=${call}>`, `<math><a xlink:href="javascript:${call}">x</a></math>`, `<iframe src="javascript:${call}"></iframe>`, `<iframe srcdoc="<script>parent.${call}</script>">`,
  `<object data="javascript:${call}">`, `<embed src="javascript:${call}">`, `<base href="${elsewhere}/">`, `<meta http-equiv=refresh content="0;url=${elsewhere}">`, `<link rel=stylesheet href=${elsewhere}/x.css>`,
  `<style>@import "${elsewhere}/x.css";</style>`, `<div style="background:url(${elsewhere}/x.png)">x</div>`, `<form action=${elsewhere}><input autofocus onfocus=${call}>`, `<details open ontoggle=${call}>`,
  `<video><source onerror=${call}></video>`, `<audio src=x onerror=${call}>`, `<body onload=${call}>`, `<marquee onstart=${call}>`, `<template shadowrootmode=open><script>${call}</script></template>`,
  `<x onclick=${call} style="position:fixed;inset:0">x</x>`, `<a href="javascript:${call}">x</a>`, `<a href=" &#14; javascript:${call}">x</a>`, `<noscript><p title="</noscript><img src=x onerror=${call}>">`,
  `[x](javascript:${call})`, `[x](JaVaScRiPt:${call})`, `[x](javascript&colon;${call})`, `[x](java\tscript:${call})`, `[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A${call})`,
  `[x](data:text/html,<script>${call}</script>)`, `[x](vbscript:${call})`, `[x](file:///etc/passwd)`, `<javascript:${call}>`, `![x](${elsewhere}/pixel.png)`, `![x](x"onerror=${call}//)`, `[x](http://a" onmouseover="${call})`,
  `[x]: javascript:${call}\n\n[x]`, `[x](<javascript:${call}>)`, `||<img src=x onerror=${call}>||`, '`' + `<img src=x onerror=${call}>` + '`', `> <script>${call}</script>`, `    <script>${call}</script>`,
  `{{constructor.constructor('${call}')()}}`, `\${${call}}`, `<!--#exec cmd="x"-->`, `%3Cscript%3E${call}%3C/script%3E`, `&lt;script&gt;${call}&lt;/script&gt;`, `&#60;script&#62;${call}&#60;/script&#62;`,
  `\u003cscript\u003e${call}\u003c/script\u003e`, `\\u003cscript\\u003e${call}\\u003c/script\\u003e`, `<\u200bscript>${call}</script>`, `\u2028<script>${call}</script>`, `＜script＞${call}＜/script＞`,
  `</parley-discussion><script>${call}</script>`, `</script><parley-discussion discussion="x" server="${elsewhere}">`, `"}</script><script>${call}</script>{"`, `__proto__`, `constructor`, `{"window":{"comments":[]}}`,
];
