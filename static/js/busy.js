// While htmx fetches, its target says that it is busy.
const say = (busy) => ({ detail }) => detail.target.setAttribute("aria-busy", busy);
document.addEventListener("htmx:beforeRequest", say("true"));
document.addEventListener("htmx:afterRequest", say("false"));
