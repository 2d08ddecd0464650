import { listenForMessages, openMessageSender } from '#adapters/mllp'
import { messageLinkContract } from './message-link.ts'

messageLinkContract('MLLP', listenForMessages, openMessageSender)
