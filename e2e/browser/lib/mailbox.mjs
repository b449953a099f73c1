// A mail server that takes every mail, and what has arrived there.
import { createServer } from "node:net";
import { eventually } from "./env.mjs";
import { freePort } from "./service.mjs";

/** The plain part of a message, decoded, and its headers on one line each. */
function read(raw) {
  const [head, ...rest] = raw.split("\r\n\r\n");
  const boundary = head.match(/boundary="?([^"\r\n;]+)/)[1];
  const plain = rest
    .join("\r\n\r\n")
    .split(`--${boundary}`)
    .find((part) => part.includes("text/plain"));
  const bytes = plain
    .slice(plain.indexOf("\r\n\r\n") + 4)
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return { head: head.replace(/\r\n[ \t]+/g, " "), text: Buffer.from(bytes, "latin1").toString("utf8") };
}

/** Starts a mail server. */
export async function startMailbox() {
  const port = await freePort();
  const mails = [];
  const server = createServer((socket) => {
    let buffer = "";
    let data = false;
    const answer = (line) => socket.write(`${line}\r\n`);
    const take = () => {
      const end = buffer.indexOf(data ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return false;
      const part = buffer.slice(0, end);
      buffer = buffer.slice(end + (data ? 5 : 2));
      if (data) {
        mails.push(read(part));
        data = false;
        answer("250 taken");
      } else if (/^DATA/i.test(part)) {
        data = true;
        answer("354 go on");
      } else answer(/^QUIT/i.test(part) ? "221 bye" : "250 fine");
      return true;
    };
    socket.on("error", () => socket.destroy()); // the other side hung up
    socket.on("data", (bytes) => {
      buffer += bytes.toString("latin1");
      while (take());
    });
    answer("220 mail.test");
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  return {
    settings: {
      STORYREEL_SMTP_URL: `smtp://127.0.0.1:${port}`,
      STORYREEL_MAIL_FROM: "Stories <stories@example.com>",
    },
    /** The first mail to the address whose text matches. */
    async await(to, words) {
      const find = () => mails.find((m) => m.head.includes(to) && words.test(m.text));
      await eventually(find, `a mail to ${to} with ${words}`);
      return find();
    },
    stop: () => new Promise((done) => server.close(done)),
  };
}
