/** Answers the API calls of the code under test. */
export const network: { answer: (request: Request) => Promise<Response> } = {
  answer: () => Promise.reject(new TypeError("there is no network in this test")),
};
