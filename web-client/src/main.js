import { ParleyAccount } from "./components/account.js";
import { ParleyComment } from "./components/comment.js";
import { ParleyComposer } from "./components/composer.js";
import { ParleyCount } from "./components/count.js";
import { ParleyDiscussion } from "./components/discussion.js";

// Twice in a page is once: a second copy of this file changes nothing.
if (!customElements.get("parley-discussion")) {
  customElements.define("parley-composer", ParleyComposer);
  customElements.define("parley-account", ParleyAccount);
  customElements.define("parley-comment", ParleyComment);
  customElements.define("parley-count", ParleyCount);
  customElements.define("parley-discussion", ParleyDiscussion);
}
