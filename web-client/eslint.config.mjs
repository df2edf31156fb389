// Only rules of eslint itself: types are tsc's work.

const browser = [
  "AbortSignal", "CSS", "CustomEvent", "DOMException", "Element", "EventSource", "HTMLElement", "IntersectionObserver", "Response",
  "ShadowRoot", "TextEncoder", "URL", "URLSearchParams", "WebSocket", "addEventListener", "clearTimeout", "crypto",
  "customElements", "document", "fetch", "getComputedStyle", "globalThis", "history", "innerHeight", "location",
  "navigator", "performance", "queueMicrotask", "removeEventListener", "setTimeout", "EventTarget",
];
const node = ["process", "console", "Buffer", "EventTarget", "CustomEvent", "URL", "URLSearchParams", "Response", "structuredClone",
  "setTimeout", "clearTimeout", "setImmediate", "DOMException", "Event"];
const globals = (/** @type {string[]} */ names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

const rules = {
  "constructor-super": "error",
  curly: ["error", "multi-line"],
  "default-case-last": "error",
  eqeqeq: "error",
  "for-direction": "error",
  "getter-return": "error",
  "max-lines": ["error", { max: 420 }],
  "max-lines-per-function": ["error", { max: 70 }],
  "no-alert": "error",
  "no-console": "error",
  "no-const-assign": "error",
  "no-constant-binary-expression": "error",
  "no-debugger": "error",
  "no-dupe-class-members": "error",
  "no-dupe-keys": "error",
  "no-duplicate-imports": "error",
  "no-empty": ["error", { allowEmptyCatch: false }],
  "no-eval": "error",
  "no-fallthrough": "error",
  "no-implicit-globals": "error",
  "no-implied-eval": "error",
  "no-promise-executor-return": "off",
  "no-restricted-properties": ["error",
    { property: "innerHTML" }, { property: "outerHTML" }, { property: "insertAdjacentHTML" },
    { object: "document", property: "write" }],
  "no-self-compare": "error",
  "no-shadow": ["error", { builtinGlobals: false }],
  "no-template-curly-in-string": "error",
  "no-undef": "error",
  "no-unreachable": "error",
  "no-unsafe-finally": "error",
  "no-unused-private-class-members": "error",
  "no-unused-vars": ["error", { args: "after-used" }],
  "no-useless-catch": "error",
  "no-useless-return": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "require-await": "error",
};

export default [
  { ignores: ["**/node_modules/**", "build/**"] },
  { files: ["web-client/src/**/*.js"], languageOptions: { ecmaVersion: 2022, globals: globals(browser) }, rules },
  {
    files: ["web-client/*.mjs", "tests/web-client/**/*.js"],
    languageOptions: { ecmaVersion: 2022, globals: globals(node) },
    rules: { ...rules, "no-console": "off", "max-lines-per-function": "off" },
  },
];
