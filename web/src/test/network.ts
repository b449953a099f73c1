/** What answers the pages' calls. */
export const network: { answer: (request: Request) => Promise<Response> } = {
  answer: () => Promise.reject(new TypeError("there is no network in this test")),
};
