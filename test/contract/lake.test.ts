import { openLakeFs } from '#adapters/lake-fs'
import { lakeContract } from './lake.ts'

lakeContract('lake-fs', (root, clock) => openLakeFs({ root, clock }))
