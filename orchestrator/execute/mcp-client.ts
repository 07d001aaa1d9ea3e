/** What the executor takes of the MCP client, as one file that is loaded once a server is wanted. */
export { Client, SdkError, SdkErrorCode } from '@modelcontextprotocol/client';
export { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
