// Starts a training job and serves until it is killed. Arguments: test folder, image, owner.
import { aRequest, startService } from './service.ts';

const [folder = '', trainingImage = '', owner = ''] = process.argv.slice(2);
const { sageMaker } = await startService(folder);
await sageMaker.jobs.create(aRequest(trainingImage), owner);
process.stdout.write('created\n');
