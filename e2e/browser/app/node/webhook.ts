import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { verifyWebhook, WebhookError } from "@storyreel/client";

createServer(async (request, response) => {
  try {
    const event = await verifyWebhook(await text(request), request.headers, process.env.WEBHOOK_SECRET!);
    response.writeHead(204).end(); // at once; what takes time comes afterwards
    console.log(event.type, event.data.story_id);
  } catch (cause) {
    response.writeHead(cause instanceof WebhookError ? 400 : 500).end();
  }
}).listen(3000);
