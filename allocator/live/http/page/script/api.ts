/** What is asked of the server, with the token, which stays in this tab. */
export const API = `
  const TOKEN = "prae-token";
  const tokenOf = () => sessionStorage.getItem(TOKEN);
  const headers = () => ({ authorization: "Bearer " + tokenOf() });

  class ApiError extends Error {
    constructor(status, message, retryAfterS) {
      super(message);
      this.status = status;
      this.retryAfterS = retryAfterS;
    }
  }

  const refusal = async (response) => {
    let message = "the answer was " + response.status;
    try {
      message = (await response.json()).error.message;
    } catch {
      // Something between here and the server answered: it has its own words.
    }
    return new ApiError(response.status, message, Number(response.headers.get("retry-after") ?? 0));
  };

  const ask = async (path, signal = AbortSignal.timeout(10000)) => {
    const response = await fetch(path, { headers: headers(), cache: "no-store", signal });
    if (!response.ok) throw await refusal(response);
    return response.json();
  };

  /** Server-sent events, with a header that EventSource cannot send. Ends when the server does. */
  const follow = async (path, signal, onOpen, onEvent) => {
    const response = await fetch(path, { headers: headers(), cache: "no-store", signal });
    if (!response.ok) throw await refusal(response);
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += part.value;
      const blocks = text.split("\\n\\n");
      text = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\\n").filter((line) => line.startsWith("data:"));
        if (data.length > 0) onEvent(JSON.parse(data.map((line) => line.slice(5)).join("\\n")));
      }
    }
  };
`;
