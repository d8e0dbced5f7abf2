// A fake clock for the Worker: the time that it reads is ahead of the machine's by a fixed offset, and so are its alarm times,
// which the runtime keeps in machine time. Durations are unchanged.

const RealDate = Date;
let offset = 0;

export function install(offsetMs) {
  offset = offsetMs;
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length > 0) super(...parts);
      else super(RealDate.now() + offset);
    }
    static now() {
      return RealDate.now() + offset;
    }
  };
}

function offsetAlarms(storage) {
  const methods = Object.getPrototypeOf(storage);
  if (Object.hasOwn(methods, "usesFakeClock")) return;
  const { getAlarm, setAlarm } = methods;
  methods.usesFakeClock = true;
  methods.setAlarm = function (time, options) {
    return setAlarm.call(this, Number(time) - offset, options);
  };
  methods.getAlarm = async function (options) {
    const time = await getAlarm.call(this, options);
    return time === null ? null : time + offset;
  };
}

/** A Durable Object class whose alarms use the fake clock. */
export function withFakeClock(Class) {
  return new Proxy(Class, {
    construct(target, [state, env]) {
      offsetAlarms(state.storage);
      return Reflect.construct(target, [state, env]);
    },
  });
}
