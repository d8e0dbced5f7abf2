// A trap ends the wasm instance, and with it every invocation that waits in it; an exception of JavaScript that passes through
// wasm ends the invocation that met it, and nobody can tell which one that is. None of them would ever settle, and the platform
// would wait for them. They fail at once instead, so that it delivers again what they were working on: messages, ticks, alarms.
import Events, { AppGovernor as Governors, FleetLive as Fleets, ShopSync as Shops } from "../build/index.js";

const HANDLERS = ["fetch", "queue", "scheduled", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];
const waiting = new Set();

addEventListener("error", ({ error, message }) => {
  const reason = error ?? new Error(message || "an exception that nobody has caught");
  for (const fail of waiting) fail(reason);
  waiting.clear();
});

function guarded(work) {
  let fail;
  const lost = new Promise((_, reject) => waiting.add((fail = reject)));
  return Promise.race([work, lost]).finally(() => waiting.delete(fail));
}

function guard(Class) {
  return new Proxy(Class, {
    construct(target, parts) {
      return new Proxy(Reflect.construct(target, parts), {
        get(object, name) {
          const member = Reflect.get(object, name);
          const handles = HANDLERS.includes(name) && typeof member === "function";
          return handles ? (...event) => guarded(member.apply(object, event)) : member;
        },
      });
    },
  });
}

export default guard(Events);
export const ShopSync = guard(Shops);
export const AppGovernor = guard(Governors);
export const FleetLive = guard(Fleets);
