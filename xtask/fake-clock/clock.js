// Another clock for the Worker: what it reads is ahead of the machine's, and so are the times of its alarms, which the runtime
// keeps by the machine's. Pauses are as long as ever.

const Real = Date;
let ahead = 0;

export function begin(aheadMs) {
  ahead = aheadMs;
  globalThis.Date = class Date extends Real {
    constructor(...parts) {
      if (parts.length > 0) super(...parts);
      else super(Real.now() + ahead);
    }
    static now() {
      return Real.now() + ahead;
    }
  };
}

function moveAlarms(storage) {
  const methods = Object.getPrototypeOf(storage);
  if (Object.hasOwn(methods, "isMoved")) return;
  const { getAlarm, setAlarm } = methods;
  methods.isMoved = true;
  methods.setAlarm = function (time, options) {
    return setAlarm.call(this, Number(time) - ahead, options);
  };
  methods.getAlarm = async function (options) {
    const time = await getAlarm.call(this, options);
    return time === null ? null : time + ahead;
  };
}

/** The class of an object whose alarms go by the other clock. */
export function moved(Class) {
  return new Proxy(Class, {
    construct(target, [state, env]) {
      moveAlarms(state.storage);
      return Reflect.construct(target, [state, env]);
    },
  });
}
