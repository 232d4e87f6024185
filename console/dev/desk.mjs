export function makeDesk(){return{handle(){},live(q,r){r.end()}}}
