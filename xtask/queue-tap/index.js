// POST /_tap/START or /_tap/CHUNK: each line of the body becomes one message. All other requests are passed to the Worker.
export default {
  async fetch(request, env) {
    const [, prefix, binding] = new URL(request.url).pathname.split("/");
    if (prefix !== "_tap") return env.WORKER.fetch(request);
    const lines = (await request.text()).split("\n").filter(Boolean);
    await env[binding].sendBatch(lines.map((body) => ({ body, contentType: "text" })));
    return new Response("sent");
  },
};
