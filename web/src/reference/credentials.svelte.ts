// Pasted credentials, for all forms of the page. They are in memory only: not in storage, nor in the address.

class Credentials {
  apiKey = $state("");
  storyToken = $state("");
}

export const credentials = new Credentials();
