"use strict";

// Numbers as people read them.
const format = (() => {
  function seconds(s) {
    if (s === 0) return "0 s";
    if (s < 0.001) return `${Math.max(1, Math.round(s * 1e6))} µs`;
    if (s < 0.9995) return `${significant(s * 1000)} ms`;
    if (s < 120) return `${significant(s)} s`;
    const whole = Math.round(s);
    const minutes = Math.floor(whole / 60);
    return minutes < 60
        ? `${minutes} min ${whole % 60} s`
        : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  function significant(n) {
    return n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2);
  }

  function bytes(b) {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (Math.abs(b) >= 999.5 && unit < units.length - 1) {
      b /= 1000;
      unit++;
    }
    return `${unit === 0 || b >= 100 ? b.toFixed(0) : b.toFixed(1)} ${units[unit]}`;
  }

  function count(n) {
    return Math.round(n).toLocaleString("en");
  }

  function rate(r) {
    return r >= 1000 ? count(r) : r === 0 ? "0" : significant(r);
  }

  function percent(share) {
    return share > 0 && share < 0.005 ? "<1 %" : `${Math.round(share * 100)} %`;
  }

  function clock(millis) {
    return new Date(millis).toLocaleTimeString("en-GB");
  }

  function plural(n, one, many) {
    return `${count(n)} ${n === 1 ? one : many}`;
  }

  return {seconds, bytes, count, rate, percent, clock, plural};
})();
